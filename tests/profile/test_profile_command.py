"""`bench profile` from the command line to its report, also with models that misbehave."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from bench.cli.app import run_app
from bench.profile.folder import ProfileFolder
from bench.run.result import Status

TOY = Path(__file__).with_name("profiled_models.py")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")


def bench(capsys, *arguments):
    code = run_app(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def profile(capsys, *more, models="toy"):
    return bench(
        capsys, "profile", "--models", models, "--lengths", "1k:4k", "--sequences", "100:200",
        "--seconds", "0.1", "--threads", "1", "--plugin", str(TOY), *more,
    )  # fmt: skip


def statuses(path: str = "runs/profile") -> dict[str, list[tuple[int, Status, str]]]:
    return {
        curve.spec.label: [(point.length, point.status, point.reason) for point in curve.points]
        for curve in ProfileFolder(Path(path)).curves()
    }


@pytest.mark.slow
def test_a_profile_is_measured_resumed_extended_and_reported(capsys):
    code, out, err = profile(capsys, "--batches", "1,max")
    assert code == 0
    assert "see: bench report runs/profile" in out
    assert "GFLOP/s" in err
    assert "1,024 bp x 1: " in err
    found = statuses()
    assert list(found) == [
        "toy:default: inference, batch 1, float32",
        "toy:default: fit, float32",
        "toy:default: inference, batch max, float32",
    ]
    assert [length for length, status, _ in next(iter(found.values()))] == [1024, 2048, 4096]
    assert {status for points in found.values() for _, status, _ in points} == {Status.OK}

    again = profile(capsys, "--batches", "1,max")
    assert again[0] == 0
    assert "bp x" not in again[2]
    longer = profile(capsys, "--lengths", "8k,16k", "--modes", "inference", "--batches", "1")
    assert longer[0] == 0
    assert "8,192 bp x 1" in longer[2]
    assert "1,024 bp" not in longer[2]

    assert bench(capsys, "report")[0] == 0
    report = Path("runs/profile/report")
    assert (report / "profile.html").is_file()
    assert {path.name for path in report.glob("figures/*.png")} == {
        "latency.png", "throughput.png", "memory.png", "fits.png",
    }  # fmt: skip
    with (report / "points.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 5 + 2 + 3
    assert all(float(row["median_seconds"]) > 0 for row in rows)
    text = (report / "profile.md").read_text()
    assert "## Machine" in text
    assert "| toy:default | inference, batch 1 | time |" in text

    same = profile(capsys, "--modes", "inference", "--batches", "1", "--against", "runs/profile")
    assert same[0] == 0
    assert "not measured" not in same[1]
    assert "points show no difference beyond noise" in same[1]


@pytest.mark.slow
def test_what_became_slower_ends_with_1(capsys):
    arguments = ("--modes", "inference", "--batches", "1")
    assert profile(capsys, *arguments, "--out", "before")[0] == 0
    for path in Path("before").glob("curves/*/points.jsonl"):
        points = [json.loads(line) for line in path.read_text().splitlines()]
        for point in points:
            point["seconds"] = [seconds / 5 for seconds in point["seconds"]]
        path.write_text("".join(json.dumps(point) + "\n" for point in points))
    code, out, _ = profile(capsys, *arguments, "--out", "now", "--against", "before")
    assert code == 1
    assert "slower: toy:default: inference, batch 1, float32, 1,024 bp x 1: " in out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("trouble", "more", "status", "reason"),
    [
        ("slow", ("--time-limit", "2s"), Status.TIMEOUT, "took longer than 2 s"),
        ("error", (), Status.FAILED, "ValueError: no such sequence"),
        ("crash", (), Status.FAILED, "ended by SIGABRT"),
        ("memory", ("--memory-limit", "500mb"), Status.OOM, "held more than 0.586 GiB"),
    ],
)
def test_trouble_ends_a_curve_and_is_told(capsys, trouble, more, status, reason):
    code, _, err = profile(
        capsys, "--set", f"toy.trouble={trouble}", "--batches", "1", "--modes", "inference", *more
    )
    assert code == 0
    (points,) = statuses().values()
    assert [length for length, *_ in points] == [1024, 2048]
    assert points[0][1] is Status.OK
    assert points[1][1:] == (status, reason)
    assert f"2,048 bp x 1: {status}: {reason}" in err
    # What was measured before has the samples of both rounds.
    (curve,) = ProfileFolder(Path("runs/profile")).curves()
    assert [point.rounds for point in curve.points] == [2, 1]
    # The end of a curve is not measured again.
    assert (
        "bp x"
        not in profile(
            capsys,
            "--set",
            f"toy.trouble={trouble}",
            "--batches",
            "1",
            "--modes",
            "inference",
            *more,
        )[2]
    )
    assert bench(capsys, "report", "runs/profile")[0] == 0
    assert reason in Path("runs/profile/report/profile.md").read_text()


@pytest.mark.slow
def test_a_curve_without_samples_leaves_the_others(capsys):
    """Where models end at their first length, reports hold the reason."""
    trouble = ("--set", "toy.trouble=error", "--set", "toy.trouble_from=1", "--batches", "1")
    assert profile(capsys, *trouble)[0] == 0
    assert bench(capsys, "report", "runs/profile")[0] == 0
    assert "no such sequence" in Path("runs/profile/report/profile.md").read_text()
    profile(capsys, "--batches", "1")
    assert bench(capsys, "report", "runs/profile")[0] == 0
    table = Path("runs/profile/report/profile.md").read_text()
    assert "no such sequence" in table
    assert "toy:default" in table


@pytest.mark.slow
def test_nothing_in_common_is_an_error(capsys):
    asked = ("--modes", "inference", "--batches", "1")
    profile(capsys, *asked, "--out", "before")
    other = (*asked, "--set", "toy.trouble_from=4096", "--out", "now", "--against", "before")
    code, out, err = profile(capsys, *other)
    assert code == 2
    assert "now: measured" in out
    assert err.splitlines()[-1].startswith("error: nothing to compare: ")


@pytest.mark.slow
def test_samples_are_taken_in_two_rounds(capsys):
    code, _, err = profile(capsys, "--batches", "1")
    assert code == 0
    for curve in ProfileFolder(Path("runs/profile")).curves():
        assert [point.rounds for point in curve.points] == [2] * len(curve.points)
        assert all(len(point.seconds) >= 6 for point in curve.points)
    told = [line.strip().split(":")[0] for line in err.splitlines() if "sequences" in line]
    assert told == ["100 sequences", "200 sequences", "2 rounds", "2 rounds"]


@pytest.mark.slow
def test_what_goes_wrong_in_the_second_round_leaves_the_first(capsys):
    asked = ("--set", "toy.trouble=later", "--batches", "1", "--modes", "inference")
    code, _, err = profile(capsys, *asked)
    assert code == 0
    assert [status for _, status, _ in next(iter(statuses().values()))] == [Status.OK] * 3
    (curve,) = ProfileFolder(Path("runs/profile")).curves()
    assert [point.rounds for point in curve.points] == [1] * 3
    assert err.count("no further round of samples: ended by SIGABRT") == 3
    assert "bp x" not in profile(capsys, *asked)[2]
    assert bench(capsys, "report", "runs/profile")[0] == 0
    assert "no further round" in Path("runs/profile/report/profile.md").read_text()
    # From the shortest on, with nothing longer before it, it goes well.
    assert "2 rounds: 4,096 bp x 1" in profile(capsys, *asked, "--retry")[2]


@pytest.mark.slow
def test_rounds_go_on_where_they_stopped(capsys):
    asked = ("--batches", "1", "--modes", "inference")
    profile(capsys, *asked)
    folder = ProfileFolder(Path("runs/profile"))
    (curve,) = folder.curves()
    first, *_ = curve.points
    half = first.seconds[: len(first.seconds) // 2]
    folder.replace_points(
        curve.spec.curve_id, [first.model_copy(update={"rounds": 1, "seconds": half})]
    )
    _, _, err = profile(capsys, *asked)
    (line,) = [line for line in err.splitlines() if "bp x" in line]
    assert line.startswith("  2 rounds: 1,024 bp")
    (curve,) = folder.curves()
    assert curve.points[0].rounds == 2
    assert curve.points[0].seconds[: len(half)] == half


@pytest.mark.slow
def test_where_memory_ran_out_the_next_length_gets_a_new_process(capsys):
    code, _, _ = profile(
        capsys, "--set", "toy.trouble=full", "--batches", "max", "--modes", "inference"
    )
    assert code == 0
    (curve,) = ProfileFolder(Path("runs/profile")).curves()
    found = [(point.length, point.sequences, point.reason) for point in curve.points]
    assert found == [(length, 2, "the largest by memory") for length in (1024, 2048, 4096)]
    (log,) = Path("runs/profile/curves").glob("*/log.txt")
    processes = {line for line in log.read_text().splitlines() if line.startswith("process")}
    # The fourth takes the next round of samples.
    assert len(processes) == 4


@pytest.mark.slow
def test_networks_tell_arithmetic_and_parts(capsys):
    code, _, err = bench(
        capsys, "profile", "--models", "enformer,deepsea", "--lengths", "512,2000", "--batches",
        "1", "--seconds", "0.1", "--threads", "1",
    )  # fmt: skip
    assert code == 0, err
    curves = {curve.spec.label: curve for curve in ProfileFolder(Path("runs/profile")).curves()}
    points = curves["enformer:compact: inference, batch 1, float32"].points
    assert points[0].parameters == 254_833
    assert set(points[0].parts) == {"attention", "convolution", "other"}
    # Three samples in each round.
    assert {len(samples) for samples in points[0].parts.values()} == {6}
    assert points[0].rounds == 2
    assert points[0].flops == pytest.approx(sum(points[0].flops_of_parts.values()))
    assert points[0].predicted_seconds > 0
    assert points[1].status is Status.SKIPPED
    assert points[1].reason == "2,000 bp are no multiple of enformer's bins of 32 bp"
    updates = curves["enformer:compact: training, batch 1, float32"].points
    assert updates[0].flops > 2.5 * points[0].flops
    assert set(updates[0].parts) == {"attention", "convolution", "other"}
    tiled = curves["deepsea:compact: inference, batch 1, float32"].points
    assert [(point.window, point.passes) for point in tiled] == [(1000, 1), (1000, 2)]
    assert bench(capsys, "report", "runs/profile")[0] == 0
    assert "tiled" in Path("runs/profile/report/profile.md").read_text()


@pytest.mark.slow
def test_arithmetic_is_counted_by_a_later_command(capsys):
    command = (
        "profile", "--models", "enformer", "--lengths", "512:1024", "--batches", "1", "--modes",
        "inference", "--seconds", "0.1", "--threads", "1",
    )  # fmt: skip
    assert bench(capsys, *command, "--no-counts")[0] == 0
    points = ProfileFolder(Path("runs/profile")).curves()[0].points
    assert [point.flops for point in points] == [None, None]
    assert bench(capsys, "report", "runs/profile")[0] == 0
    table = Path("runs/profile/report/profile.md").read_text()
    (row,) = [line for line in table.splitlines() if "| attention |" in line and "%" in line]
    assert row.endswith("| N/A | N/A |")
    code, out, _ = bench(capsys, "profile", "--no-measure")
    assert (code, out) == (0, "runs/profile: counted; see: bench report runs/profile\n")
    counted = ProfileFolder(Path("runs/profile")).curves()[0].points
    assert all(point.flops and point.predicted_seconds for point in counted)
    assert [point.seconds for point in counted] == [point.seconds for point in points]


@pytest.mark.slow
def test_arithmetic_of_all_batches_is_counted(capsys):
    code, _, err = bench(
        capsys, "profile", "--models", "basset", "--lengths", "600", "--batches", "all", "--modes",
        "inference", "--seconds", "0.3", "--threads", "1",
    )  # fmt: skip
    assert code == 0, err
    points = ProfileFolder(Path("runs/profile")).curves()[0].points
    assert len(points) > 2
    each = [point.flops / point.sequences for point in points]
    assert each == pytest.approx([each[0]] * len(each))


def test_nothing_can_be_counted_where_nothing_was_measured(capsys):
    code, _, err = bench(capsys, "profile", "--no-measure", "--out", "nowhere")
    assert code == 2
    assert "nowhere: no profile here" in err
    assert not Path("nowhere").exists()


def test_something_has_to_be_done(capsys):
    code, _, err = bench(capsys, "profile", "--no-measure", "--no-counts")
    assert code == 2
    assert "--no-measure --no-counts: nothing is left to do" in err


def test_only_kernels_of_a_gpu_are_recorded(capsys):
    code, _, err = profile(capsys, "--recorded")
    assert code == 2
    assert (
        err.strip()
        .splitlines()[-1]
        .endswith("only kernels of a GPU are recorded; add --device cuda")
    )


@pytest.mark.slow
def test_time_that_is_up_is_told(capsys):
    code, _, err = profile(
        capsys, "--set", "toy.trouble=slow", "--device-minutes", "0.1", "--modes", "inference"
    )
    assert code == 0
    assert "time is up; the same command goes on where it stopped" in err


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--lengths", "2x"), "--lengths '2x': expected numbers such as 196608"),
        (("--batches", "many"), "--batches 'many': expected numbers, max or all"),
        (("--modes", "fast"), "--modes 'fast': expected one of inference, training"),
        (("--models", "tou"), "unknown model 'tou'"),
        (("--set", "toy.depth=3"), "model toy has no setting 'depth'"),
        (("--precision", "float16"), "precision 'float16': expected float32 or bfloat16 on a CPU"),
        (("--against", "nowhere"), "nowhere: no profile here"),
        (("--time-limit", "fast"), "'fast': expected a duration such as 90s, 5m or 2h"),
    ],
)
def test_bad_words_are_one_line(capsys, more, message):
    code, _, err = profile(capsys, *more)
    assert code == 2
    assert message in err
    assert len(err.strip().splitlines()) == 1
    assert not Path("runs").exists()


def test_a_folder_that_holds_something_else_is_left_alone(capsys):
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("mine")
    code, _, err = profile(capsys, "--out", "mine")
    assert code == 2
    assert "mine holds other files; name an empty folder or an earlier profile" in err
    code, _, err = bench(capsys, "report", "mine", "--leaderboard", "mine")
    assert code == 2
