from __future__ import annotations

import json
import struct
import time

import numpy as np
import pytest

from bench.data.basenji import (
    Statistics,
    read_statistics,
    read_targets,
    read_windows,
    with_crops,
)
from bench.data.basenji_records import read_basenji_records
from bench.data.crc32c import masked_crc32c
from bench.data.fasta import read_fasta
from bench.interface.errors import DataError

SIZES = {"num_targets": 3, "seq_length": 16, "target_length": 4, "pool_width": 2, "crop_bp": 4}
STATISTICS = Statistics.model_validate({**SIZES, "train_seqs": 2})


def varint(value):
    low, high = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(high) if high else bytes([low])


def nested(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def record(**features):
    """A framed tf.train.Example of byte strings."""
    entries = [
        nested(1, name.encode()) + nested(2, nested(1, nested(1, content)))
        for name, content in features.items()
    ]
    message = nested(1, b"".join(nested(1, entry) for entry in entries))
    head = struct.pack("<Q", len(message))
    sums = [struct.pack("<I", masked_crc32c(part)) for part in (head, message)]
    return head + sums[0] + message + sums[1]


CODES = np.array([0, 1, 2, 3] * 3 + [4, 4, 0, 3], dtype=np.uint8)
TARGET = np.arange(12, dtype=np.float16).reshape(4, 3) / 4


def test_codes_and_one_hot_sequences_are_the_same(tmp_path):
    flags = (CODES[:, None] == np.arange(4)).astype(np.uint8)
    path = tmp_path / "train-0.tfr"
    path.write_bytes(
        record(sequence=CODES.tobytes(), target=TARGET.tobytes())
        + record(sequence=flags.tobytes(), target=TARGET.astype(np.float32).tobytes())
    )
    first, second = read_basenji_records(path, STATISTICS)
    for found, dtype in ((first, np.float16), (second, np.float32)):
        assert found.sequence.dtype == np.uint8
        np.testing.assert_array_equal(found.sequence, CODES)
        assert found.target.dtype == dtype
        np.testing.assert_array_equal(found.target, TARGET)
        found.sequence[0] = found.target[0, 0] = 1  # writable


ONE_HOT = np.eye(4, dtype=np.uint8)[[0] * 16]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sequence": b"\x05" * 16}, "code 5 in the sequence, expected 0 to 4"),
        ({"sequence": b"\x00" * 15}, "sequence of 15 bytes, expected 16 or 64"),
        ({"sequence": (ONE_HOT * 2).tobytes()}, "sequence is not one-hot"),
        ({"sequence": (ONE_HOT | 1).tobytes()[:63] + b"\x01"}, "sequence is not one-hot"),
        ({"target": bytes(22)}, "target of 22 bytes, expected 4 bins of 3 targets"),
        ({"target": None}, "no feature 'target'; it has sequence"),
    ],
)
def test_bad_records_name_the_record(tmp_path, change, message):
    good = {"sequence": CODES.tobytes(), "target": TARGET.tobytes()}
    bad = {name: content for name, content in (good | change).items() if content is not None}
    path = tmp_path / "train-0.tfr"
    path.write_bytes(record(**good) + record(**bad))
    with pytest.raises(DataError, match="record 2: " + message):
        list(read_basenji_records(path, STATISTICS))


def test_a_feature_of_two_strings(tmp_path):
    twice = nested(1, nested(1, b"a") + nested(1, b"b"))
    entry = nested(1, b"sequence") + nested(2, twice)
    message = nested(1, nested(1, entry))
    head = struct.pack("<Q", len(message))
    path = tmp_path / "train-0.tfr"
    sums = [struct.pack("<I", masked_crc32c(part)) for part in (head, message)]
    path.write_bytes(head + sums[0] + message + sums[1])
    with pytest.raises(DataError, match="'sequence' is no single string of bytes"):
        list(read_basenji_records(path, STATISTICS))


def test_statistics_keep_what_is_needed(tmp_path):
    path = tmp_path / "statistics.json"
    path.write_text(json.dumps({**SIZES, "train_seqs": 2, "valid_seqs": 1, "seq_1hot": True}))
    found = read_statistics(path)
    assert found.windows == {"train": 2, "valid": 1}
    assert found.model_dump(exclude={"windows"}) == SIZES


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON"),
        ("[]", "expected a table of sizes"),
        (json.dumps({**SIZES, "crop_bp": 5}), "bins and crops make 18 bp, seq_length is 16"),
        (json.dumps({**SIZES, "num_targets": 0}), "num_targets"),
        (json.dumps({**SIZES, "train_seqs": "x"}), "train"),
        (json.dumps({"num_targets": 1}), "missing"),
    ],
)
def test_bad_statistics(tmp_path, content, message):
    path = tmp_path / "statistics.json"
    path.write_text(content)
    with pytest.raises(DataError, match=message):
        read_statistics(path)


TARGETS = (
    "\tidentifier\tfile\tclip\tscale\tsum_stat\tstrand_pair\tdescription\n"
    "0\tC+\t/x/+.w5\t384\t1.0\tsum_sqrt\t1\tCAGE:a b\n"
    "1\tC-\t/x/-.w5\t384\t1.0\tsum_sqrt\t0\tCAGE:a b\n"
    "2\tD\t/x/d.w5\t32\t0.5\tmean\t2\tDNASE:c\n"
)


def test_targets(tmp_path):
    path = tmp_path / "targets.txt"
    path.write_text(TARGETS)
    frame = read_targets(path)
    assert frame["index"].tolist() == [0, 1, 2]
    assert frame["strand_pair"].tolist() == [1, 0, 2]
    assert frame["clip"].tolist() == [384, 384, 32]
    assert frame["description"].tolist() == ["CAGE:a b", "CAGE:a b", "DNASE:c"]
    assert "clip_soft" not in frame


def test_targets_of_older_data(tmp_path):
    path = tmp_path / "targets.txt"
    path.write_text("index\tgenome\tidentifier\tdescription\n0\t0\tE1\tDNASE:x\n")
    frame = read_targets(path)
    assert frame["genome"].tolist() == ["0"]
    assert "strand_pair" not in frame


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("\tidentifier", "number\tidentifier", 1, "first column 'number'"),
        ("identifier", "name", 1, "no column 'identifier'"),
        ("2\tD", "1\tD", 4, "index 1 stands twice"),
        ("mean\t2", "mean\t0", 4, "strand_pair 0 does not point back at 2"),
        ("mean\t2", "mean\t9", 4, "strand_pair 9 does not point back at 2"),
        ("mean\t2", "mean\t", 4, "strand_pair is nan, expected a whole number"),
        ("2\tD", "2.5\tD", 4, "index is 2.5, expected a whole number"),
        ("32\t", "x\t", 4, "clip is 'x', expected a number"),
    ],
)
def test_bad_targets_name_line_and_value(tmp_path, old, new, line, message):
    path = tmp_path / "targets.txt"
    path.write_text(TARGETS.replace(old, new, 1))
    with pytest.raises(DataError, match=message) as caught:
        read_targets(path)
    assert caught.value.line == line


def test_windows_are_widened_to_their_sequences(tmp_path):
    path = tmp_path / "sequences.bed"
    path.write_text("a\t4\t12\ttrain\nb\t100\t116\ttest\n")
    windows = with_crops(read_windows(path), STATISTICS, path)
    assert windows["split"].tolist() == ["train", "test"]
    assert windows["start"].tolist() == [0, 100]
    assert windows["end"].tolist() == [16, 116]
    path.write_text("a\t4\t12\ttrain\nb\t100\t115\ttest\n")
    with pytest.raises(DataError, match="15 bp, expected 16 or 8") as caught:
        with_crops(read_windows(path), STATISTICS, path)
    assert caught.value.line == 2
    path.write_text("a\t4\t12\n")
    with pytest.raises(DataError, match="3 columns, expected at least 4"):
        read_windows(path)


@pytest.mark.real_data
def test_windows_of_baskerville_lie_where_they_say(real_file):
    records = real_file(357020, "2bb15791aec8489d868b3d0153804dbe7e5949431a702ff18d5a15ef6a364a79")
    sizes = real_file(192, "80c426edec34cc5f28b5bdd143315cd090b9042fcedd4cfc97e4e17f77797a07")
    bed = real_file(1939, "06d301558d6a10bb4b3a82425ba639315ad4f3ce39b80fc45651085d6e0ebd3b")
    targets = real_file(11464, "e0bb08db8b64d6beb38c004c450a4b4fbb37ee8de44cd92aceb9038d74ab73e5")
    genome = real_file(3110250, "438a1921629f39fd7282ad060d7085c9ce5521785d6d1a29c1add021b75f8a49")
    statistics = read_statistics(sizes)
    assert statistics.windows == {"train": 45, "valid": 10, "test": 10}
    frame = read_targets(targets)
    assert len(frame) == statistics.num_targets == 74
    assert (frame["strand_pair"] != frame["index"]).sum() == 54
    windows = with_crops(read_windows(bed), statistics, bed)
    assert windows["split"].value_counts().to_dict() == statistics.windows
    begin = time.process_time()
    found = list(read_basenji_records(records, statistics))
    assert time.process_time() - begin < 1
    assert len(found) == 4
    for one in found:
        assert one.sequence.shape == (131_072,)
        assert one.target.shape == (2048, 74)
        assert one.target.dtype == np.float16
        assert (one.target >= 0).all()
    # The fourth window of this split lies within the first 10 Mb of chr1. The data was made from
    # a genome with the most common allele at each base.
    window = windows[windows["split"] == "valid"].iloc[3]
    assert window["chrom"] == "chr1"
    chromosome = next(read_fasta(genome)).codes
    reference = chromosome[window["start"] : window["end"]]
    same = (reference == found[3].sequence).mean()
    assert 0.999 < same < 1
    assert (reference[1:] == found[3].sequence[:-1]).mean() < 0.4
