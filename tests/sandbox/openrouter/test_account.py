from decimal import Decimal

from sandbox.openrouter.account import Account


def test_a_second_charge_for_a_job_changes_nothing() -> None:
    account = Account(key="sk-mine")
    account.charge("a", Decimal("0.12"))
    account.charge("a", Decimal(5))
    account.charge("b", Decimal("0.30"))

    assert [(charge.job_id, charge.usd) for charge in account.ledger] == [
        ("a", Decimal("0.12")),
        ("b", Decimal("0.30")),
    ]
    assert account.spent == Decimal("0.42")


def test_what_remains_goes_down_with_every_charge_and_may_go_below_nothing() -> None:
    account = Account(key="sk-mine")
    account.charge("a", Decimal(1))
    account.set_limit(Decimal(5), remaining=Decimal("0.5"))
    account.charge("b", Decimal("0.7"))

    assert (account.limit, account.remaining) == (Decimal(5), Decimal("-0.2"))


def test_a_new_limit_without_more_words_is_all_there_to_spend() -> None:
    account = Account(key="sk-mine")
    account.charge("a", Decimal(1))
    account.set_limit(Decimal(5))

    assert account.remaining == Decimal(5)


def test_a_key_opens_only_itself_and_only_while_it_is_valid() -> None:
    account = Account(key="sk-mine")

    assert account.opens("sk-mine")
    assert not account.opens("sk-mine ")
    account.key_is_valid = False
    assert not account.opens("sk-mine")
