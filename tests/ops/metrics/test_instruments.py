"""Whatever comes in from outside, the labels stay few."""

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from ops.metrics import Instruments
from ops.metrics.readings import MOST_MODELS, OTHER, jobs_by_model
from services.jobs import Figures
from services.models import LIVING, JobState


def figures(*, models: int) -> Figures:
    return Figures(
        alive={(JobState.GENERATING, f"acme/model-{number}"): 1 for number in range(models)},
        queued=0,
        oldest_queued=None,
        unknown=0,
        spent=0,
        reserved=0,
        used=0,
        budget=None,
    )


def test_statuses_that_no_http_has_share_one_label() -> None:
    instruments = Instruments()
    for status in (*range(600, 3000), -1, 0, 99):
        instruments.asked("status", status=status, seconds=0.1)
    instruments.asked("status", status=None, seconds=0.1)

    families = text_string_to_metric_families(generate_latest(instruments.registry).decode())
    found = {sample.labels["status"] for each in families for sample in each.samples if "status" in sample.labels}
    assert found == {"other", "none"}


def test_models_beyond_the_known_ones_share_one_label() -> None:
    samples = jobs_by_model(figures(models=500), ["acme/model-1", "<script>", "x" * 500]).samples

    assert {sample.labels["model"] for sample in samples} == {"acme/model-1", OTHER}
    assert sum(sample.value for sample in samples) == 500


def test_a_hostile_list_of_models_makes_only_so_many_labels() -> None:
    samples = jobs_by_model(figures(models=10_000), [f"acme/model-{number}" for number in range(10_000)]).samples

    assert len(samples) == (MOST_MODELS + 1) * len(LIVING)


def test_what_can_happen_is_exported_before_it_has() -> None:
    text = generate_latest(Instruments().registry).decode()

    assert 'video_bot_jobs_ended_total{reason="",state="delivered"} 0.0' in text
    assert 'video_bot_jobs_ended_total{reason="submit_unknown",state="failed"} 0.0' in text
    assert 'video_bot_refusals_total{rule="total_budget"} 0.0' in text
    assert 'video_bot_phase_seconds_count{phase="post"} 0.0' in text
