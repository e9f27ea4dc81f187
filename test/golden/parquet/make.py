"""Files as other programs write them, for test/golden/parquet.test.ts to read.

usage: python make.py        (needs pyarrow and duckdb; writes the Parquet files beside itself)
"""

import datetime as dt
import decimal
import pathlib
import uuid

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent

# The same forty events in every form: with empty cells, an id beyond 2^53, repeated ids, text beyond ASCII.
ROWS = range(40)
EVENTS = pa.table(
    {
        "user_id": pa.array([9007199254740993 if i == 7 else i % 5 for i in ROWS], pa.int64()),
        "item_id": pa.array([f"é{i % 3}" if i % 3 else f"item-{i}" for i in ROWS], pa.string()),
        "rating": pa.array([None if i == 11 else i % 9 / 2 for i in ROWS], pa.float64()),
        "timestamp": pa.array([None if i == 13 else 1600000000 + i for i in ROWS], pa.int64()),
    }
)


def write(name, table=EVENTS, **options):
    pq.write_table(table, HERE / f"{name}.parquet", **options)


for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
    write(f"codec-{codec}", compression=codec)
for version in ["1.0", "2.0"]:
    for name, dictionary in [("plain", False), ("dictionary", True)]:
        write(f"pages-{version[0]}-{name}", data_page_version=version, use_dictionary=dictionary, data_page_size=100, write_batch_size=8, row_group_size=17)
write(
    "encodings",
    use_dictionary=False,
    column_encoding={
        "user_id": "DELTA_BINARY_PACKED",
        "item_id": "DELTA_BYTE_ARRAY",
        "rating": "BYTE_STREAM_SPLIT",
        "timestamp": "DELTA_BINARY_PACKED",
    },
)
write("encodings-lengths", use_dictionary=False, column_encoding={"item_id": "DELTA_LENGTH_BYTE_ARRAY"})
write("checksums", write_page_checksum=True, use_dictionary=False)
connection = duckdb.connect()
connection.register("events", EVENTS)
connection.sql(f"copy events to '{HERE}/duckdb.parquet' (format parquet, compression zstd)")

# One column for every type; three rows: two values and an empty cell.
SCALE = decimal.Decimal("0.01")
DAY = dt.date(2020, 1, 2)
MOMENT = dt.datetime(2020, 1, 2, 3, 4, 5, 678901)
OLD = dt.datetime(1969, 12, 31, 23, 59, 59, 500000)
COLUMNS = {
    "int8": pa.array([-5, 7, None], pa.int8()),
    "uint32": pa.array([4294967295, 0, None], pa.uint32()),
    "int64": pa.array([-9007199254740993, 9223372036854775807, None], pa.int64()),
    "uint64": pa.array([18446744073709551615, 3, None], pa.uint64()),
    "float16": pa.array([0.5, -2, None], pa.float16()),
    "float32": pa.array([4.1, 16777216, None], pa.float32()),
    "float64": pa.array([0.1, 42, None], pa.float64()),
    "bool": pa.array([True, False, None]),
    "decimal": pa.array([decimal.Decimal("-0.05"), decimal.Decimal("1234.50"), None], pa.decimal128(9, 2)),
    "decimal38": pa.array([decimal.Decimal("12345678901234567890123456789.01"), decimal.Decimal("-1.00"), None], pa.decimal128(38, 2)),
    "date": pa.array([DAY, dt.date(1969, 12, 31), None], pa.date32()),
    "seconds": pa.array([MOMENT, OLD, None], pa.timestamp("s")),
    "millis": pa.array([MOMENT, OLD, None], pa.timestamp("ms")),
    "micros": pa.array([MOMENT, OLD, None], pa.timestamp("us", tz="Europe/Berlin")),
    "nanos": pa.array([1577934245678901234, -500000000, None], pa.timestamp("ns")),
    "time": pa.array([dt.time(1, 2, 3, 450000), dt.time(23, 59, 59), None], pa.time64("us")),
    "text": pa.array(["日本", "a,b", None], pa.large_string()),
    "category": pa.array(["x", "y", None]).dictionary_encode(),
    "binary": pa.array([b"plain", b"\x00\xff", None], pa.binary()),
    "fixed": pa.array([bytes(range(12)), b"abcdefghijkl", None], pa.binary(12)),
    "uuid": pa.array([uuid.UUID("12345678-1234-5678-1234-567812345678").bytes, bytes(16), None], pa.uuid()),
    "nothing": pa.nulls(3),
    "pair": pa.array([{"id": 1, "deep": {"name": "a"}}, {"id": None, "deep": None}, None]),
    "list": pa.array([[1, 2], [], None]),
    "map": pa.array([[("a", 1)], [], None], pa.map_(pa.string(), pa.int32())),
    "after": pa.array(["l", "m", "n"]),
}
write("types", pa.table(COLUMNS), compression="none")
write("types-plain", pa.table(COLUMNS), compression="none", use_dictionary=False, data_page_version="2.0")
write("int96", pa.table({"user": ["a", "b"], "item": ["x", "y"], "time": pa.array([MOMENT, OLD], pa.timestamp("us"))}), use_deprecated_int96_timestamps=True)
write("empty", EVENTS.slice(0, 0))
write("nested", pa.table({"event": pa.array([{"user": {"id": 9007199254740993}, "item": "a"}, {"user": {"id": 9007199254740992}, "item": "b"}]), "tags": pa.array([["x"], ["y", "z"]])}))
