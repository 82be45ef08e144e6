from sandbox.openrouter import OpenRouterStandIn
from tests.sandbox.openrouter.caller import Client


async def test_requests_jobs_and_charges_can_be_read(client: Client, stand_in: OpenRouterStandIn) -> None:
    job_id = await client.job()
    stand_in.clock.advance(10)

    requests = (await client.control("GET", "/requests")).json["list"]
    jobs = (await client.control("GET", "/jobs")).json["list"]
    ledger = (await client.control("GET", "/ledger")).json

    assert [(item["route"], item["status"], item["subject"]) for item in requests] == [("submit", 202, job_id)]
    assert [(item["id"], item["status"], item["cost"], item["width"]) for item in jobs] == [
        (job_id, "completed", "0.12", 1280),
    ]
    assert ledger["total_usd"] == "0.12"
    assert [(item["job_id"], item["usd"]) for item in ledger["charges"]] == [(job_id, "0.12")]


async def test_its_own_requests_are_not_in_the_log(client: Client, stand_in: OpenRouterStandIn) -> None:
    await client.control("GET", "/requests")
    await client.control("POST", "/clock", json={"speed": 2})

    assert len(stand_in.requests) == 0


async def test_faults_are_added_replaced_and_removed(client: Client, stand_in: OpenRouterStandIn) -> None:
    await client.control("POST", "/faults", json=[{"kind": "answer", "route": "models", "status": 502}])
    await client.control("POST", "/faults", json=[{"kind": "reset", "route": "key"}])
    assert [fault.route for fault in stand_in.faults] == ["models", "key"]

    reply = await client.control("POST", "/faults?replace=1", json=[{"kind": "delay", "route": "status"}])
    assert [fault.route for fault in stand_in.faults] == ["status"]
    assert reply.json["list"][0]["kind"] == "delay"

    await client.control("DELETE", "/faults")
    assert stand_in.faults == ()


async def test_a_wrong_fault_is_refused_and_changes_nothing(client: Client, stand_in: OpenRouterStandIn) -> None:
    await client.control("POST", "/faults", json=[{"kind": "reset", "route": "key"}])

    for wrong in ([{"kind": "explode"}], [{"kind": "reset", "route": "nowhere"}]):
        assert (await client.control("POST", "/faults?replace=1", json=wrong)).status == 400
    assert [fault.route for fault in stand_in.faults] == ["key"]


async def test_time_can_be_made_to_run_and_to_jump(client: Client, stand_in: OpenRouterStandIn) -> None:
    job_id = await client.job()

    reply = await client.control("POST", "/clock", json={"speed": 0, "advance": 10})
    assert reply.json["speed"] == 0
    assert (await client.status(job_id))["status"] == "completed"

    await client.control("POST", "/clock", json={"speed": 1000})
    assert stand_in.clock.speed == 1000


async def test_a_wrong_speed_is_refused(client: Client, stand_in: OpenRouterStandIn) -> None:
    for wrong in ({"speed": -1}, {"speed": "fast"}, {"sped": 1}, {"advance": -1}):
        assert (await client.control("POST", "/clock", json=wrong)).status == 400
    assert stand_in.clock.speed == 0


async def test_a_reset_forgets_everything(client: Client, stand_in: OpenRouterStandIn) -> None:
    job_id = await client.job()
    stand_in.clock.advance(10)
    await client.status(job_id)
    await client.control("POST", "/account", json={"key_is_valid": False, "remaining": 0})
    await client.control("POST", "/faults", json=[{"kind": "reset", "route": "key"}])

    await client.control("POST", "/reset")

    assert (len(stand_in.requests), len(stand_in.jobs), stand_in.ledger, stand_in.faults) == (0, 0, (), ())
    assert stand_in.clock.speed == 1
    assert (await client.call("GET", f"/videos/{job_id}")).status == 404
    assert (await client.submit()).status == 202
