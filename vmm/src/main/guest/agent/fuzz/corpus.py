"""Writes the seed corpus: one well-formed input for each thing that is decoded."""

import pathlib
import struct

HERE = pathlib.Path(__file__).parent / "corpus"


def text(value):
    value = value.encode()
    return struct.pack("<I", len(value)) + value


def texts(*values):
    return struct.pack("<I", len(values)) + b"".join(map(text, values))


def frame(kind, stream, payload=b""):
    return struct.pack("<III", len(payload), stream, kind) + payload


OPERATIONS = {
    "configure": (1, struct.pack("<q", 1700000000000000000) + text("host") + text("entropy") + struct.pack("<I", 120000)),
    "exec": (2, texts("sh", "-c", "true") + texts("A=b", "C=") + text("/tmp") + struct.pack("<IIB", 1000, 20000, 1)),
    "run": (3, text("python") + struct.pack("<II", 30000, 20000)),
    "reset": (4, text("")),
    "inspect": (5, text("python")),
    "file_read": (6, text("a") + struct.pack("<QQ", 1, 2**64 - 1)),
    "file_write": (7, text("a") + struct.pack("<IB", 0o644, 3)),
    "file_stat": (8, text("a") + b"\x01"),
    "file_list": (9, text("a") + struct.pack("<II", 2, 100)),
    "file_mkdir": (10, text("a") + struct.pack("<IB", 0o755, 1)),
    "file_remove": (11, text("a") + b"\x01"),
    "file_rename": (12, text("a") + text("b") + b"\x00"),
    "info": (13, b""),
    "shutdown": (14, b""),
    "warm": (15, text("python") + texts("numpy", "pandas")),
    "job_start": (16, text("sleep") + texts("sleep", "5") + texts("A=b") + text("/tmp") + struct.pack("<IB", 1000, 1)),
    "job_read": (17, text("j1-abcd") + struct.pack("<QII", 5, 20480, 1000)),
    "job_stop": (18, text("j1-abcd") + b"\x0f"),
    "job_list": (19, b""),
}
OPENS = {name: struct.pack("<H", number) + arguments for name, (number, arguments) in OPERATIONS.items()}

SEEDS = {
    "arguments_fuzz": OPENS,
    "frame_fuzz": {
        "opens": b"".join(frame(3, i, payload) for i, payload in enumerate(OPENS.values(), 1)),
        "others": frame(2, 0, b"\x01\x00")
        + frame(4, 1, b"\x00data")
        + frame(5, 1, b"\x00")
        + frame(6, 1, struct.pack("<I", 65536))
        + frame(7, 1, b"\x02")
        + frame(8, 1)
        + frame(10, 0, bytes(8))
        + frame(12, 0, text("reason"))
        + frame(13, 0, bytes(16) + struct.pack("<q", 1) + text("host") + bytes(16) + text("e" * 64) + struct.pack("<I", 120000)),
    },
    "runner_frame_fuzz": {
        "call": b"\x05"
        + struct.pack("<IB", 7, 16) + text("1.0")
        + struct.pack("<IBI", 14, 17, 1) + struct.pack("<IB", 6, 1) + b"hello"
        + struct.pack("<IBIB", 23, 18, 1, 1) + text("E") + text("no") + struct.pack("<q", 1),
        "exit": b"\xff" + struct.pack("<IBIi", 8, 19, 1, 3),
    },
    "manifest_fuzz": {
        "manifest": b"# comment\nstart=/usr/bin/python3 main.py\nalias=py\nversion=python3 --version\nrequires=/usr\n",
        "programs": b"file=main.c\ncompile=gcc -o {dir}/main main.c\nrun={dir}/main\nenv=A=b\npackage=gcc\n",
        "environment": b"A=1\nB=\"two words\"\nexport C='x'\n",
        "utf8": "caf\u00e9 \u20ac \U0001f600".encode() + b"\xff\xed\xa0\x80",
    },
}

for fuzzer, seeds in SEEDS.items():
    (HERE / fuzzer).mkdir(parents=True, exist_ok=True)
    for name, seed in seeds.items():
        (HERE / fuzzer / name).write_bytes(seed)
