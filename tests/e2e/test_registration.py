"""Commands are registered when they change, and only then."""

from tests.e2e.house import COMMANDS, REGISTER, House

FINGERPRINT = "UPDATE facts SET value = 'of an older version' WHERE name LIKE 'commands of application %'"


async def test_the_first_start_registers_every_command_at_once(house: House) -> None:
    async with house.running():
        pass

    (register,) = house.discord.requests_to(REGISTER)
    assert {command["name"] for command in register.body} == COMMANDS


async def test_a_second_start_on_the_same_data_registers_nothing(house: House) -> None:
    for _ in range(2):
        async with house.running():
            await house.reads("status")

    assert len(house.discord.requests_to(REGISTER)) == 1


async def test_changed_commands_are_registered_again(house: House) -> None:
    async with house.running():
        pass
    house.rows(FINGERPRINT)
    async with house.running():
        pass
    async with house.running():
        pass

    assert len(house.discord.requests_to(REGISTER)) == 2
