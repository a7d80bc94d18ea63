"""read.py MODE <task.json: has a real reader read an export, and prints what it found as JSON. Used by tests/export."""
import datetime, json, sys, uuid

mode, task = sys.argv[1], json.load(sys.stdin)


def plain(value):
    """A value as `export --format jsonl` has it."""
    if isinstance(value, datetime.datetime):
        value = value.astimezone(datetime.timezone.utc) if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


def rows(names, tuples):
    return [{name: plain(value) for name, value in zip(names, row)} for row in tuples]


def duck(sql, setup=()):
    import duckdb

    db = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    # Without pytz a time with zone cannot be fetched, and all of them are UTC.
    for statement in setup:
        db.execute(statement)
    described = db.execute("describe " + sql).fetchall()
    columns = ", ".join(f'"{d[0]}"::varchar' if "TIME ZONE" in d[1] else f'"{d[0]}"' for d in described)
    found = db.execute(f"select {columns} from ({sql})").fetchall()
    out = rows([d[0] for d in described], found)
    for row in out:
        for name, kind in ((d[0], d[1]) for d in described):
            if "TIME ZONE" in kind and row[name] is not None:
                text = row[name].replace("+00", "").replace(" ", "T")
                row[name] = text + "Z"
    return out


def duck_parquet():
    return duck(
        f"select * from read_parquet('{task['folder']}/*/*/*.parquet', hive_partitioning = true)", ["set timezone = 'UTC'"]
    )


def pyarrow_parquet():
    import pyarrow.dataset

    table = pyarrow.dataset.dataset(task["folder"], format="parquet", partitioning="hive").to_table()
    return rows(table.column_names, zip(*(column.to_pylist() for column in table.columns)))


def pyarrow_s3():
    import pyarrow.dataset
    from pyarrow import fs

    bucket = fs.S3FileSystem(access_key="testkey", secret_key="testsecret", endpoint_override=task["endpoint"], scheme="http", region="us-east-1")
    table = pyarrow.dataset.dataset(task["place"], filesystem=bucket, format="parquet", partitioning="hive").to_table()
    return rows(table.column_names, zip(*(column.to_pylist() for column in table.columns)))


def pyarrow_csv():
    import pyarrow.csv

    table = pyarrow.csv.read_csv(task["file"])
    return rows(table.column_names, zip(*(column.to_pylist() for column in table.columns)))


def openmetrics():
    from prometheus_client.openmetrics.parser import text_string_to_metric_families

    text = open(task["file"], encoding="utf-8").read()
    return [
        {"name": family.name, "type": family.type, "unit": family.unit,
         "samples": [[sample.labels, sample.value, float(sample.timestamp)] for sample in family.samples]}
        for family in text_string_to_metric_families(text)
    ]


def cloudwatch():
    import botocore.session
    from botocore.validate import ParamValidator

    model = botocore.session.get_session().get_service_model("cloudwatch")
    shape = model.operation_model("PutMetricData").input_shape
    units = set(shape.members["MetricData"].member.members["Unit"].enum)
    faults, values = [], 0
    for name in task["files"]:
        document = json.load(open(name, encoding="utf-8"))
        faults.append(ParamValidator().validate(document, shape).generate_report())
        for datum in document["MetricData"]:
            values += 1
            # The model names these limits, and the validator does not hold them.
            names = [d["Name"] for d in datum["Dimensions"]]
            if datum["Unit"] not in units or len(names) > 30 or len(set(names)) != len(names):
                faults.append(f"{datum}")
            if any(not d["Value"].isascii() or not 1 <= len(d["Value"]) <= 1024 for d in datum["Dimensions"]):
                faults.append(f"{datum}")
        if len(document["MetricData"]) > 1000:
            faults.append("too many values")
    return {"faults": [f for f in faults if f], "values": values}


def put_dashboard():
    import botocore.session
    from botocore.validate import ParamValidator

    model = botocore.session.get_session().get_service_model("cloudwatch")
    shape = model.operation_model("PutDashboard").input_shape
    body = {"DashboardName": "bench", "DashboardBody": open(task["file"], encoding="utf-8").read()}
    return ParamValidator().validate(body, shape).generate_report()


def time_series():
    from google.cloud import monitoring_v3
    from google.protobuf import json_format

    found = []
    for name in task["files"]:
        request = monitoring_v3.CreateTimeSeriesRequest.pb(monitoring_v3.CreateTimeSeriesRequest())
        document = json.load(open(name, encoding="utf-8"))
        json_format.ParseDict({"name": "projects/p", **document}, request)
        for series in request.time_series:
            assert len(series.points) == 1 and series.metric.type.startswith("custom.googleapis.com/"), series
            assert series.metric_kind == 1 and series.value_type == 3, series
            point = series.points[0]
            found.append([series.metric.type, dict(series.metric.labels), point.value.double_value,
                          point.interval.end_time.seconds])
    return found


def monitoring_dashboard():
    from google.cloud import monitoring_dashboard_v1
    from google.protobuf import json_format

    board = monitoring_dashboard_v1.Dashboard.pb(monitoring_dashboard_v1.Dashboard())
    json_format.ParseDict(json.load(open(task["file"], encoding="utf-8")), board)
    return [
        [tile.widget.title, [s.time_series_query.time_series_filter.filter for s in tile.widget.xy_chart.data_sets]]
        for tile in board.mosaic_layout.tiles
    ]


def duck_sql():
    return duck(task["select"].rstrip().rstrip(";"), ["set timezone = 'UTC'", *task["setup"]])


def spark_sql():
    import os

    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2").config("spark.log.level", "ERROR").getOrCreate()
    )
    for statement in task["setup"]:
        session.sql(statement.rstrip().rstrip(";"))
    found = session.sql(task["select"].rstrip().rstrip(";"))
    out = rows(found.columns, found.collect())
    session.stop()
    return out


print(json.dumps({
    "duckdb-parquet": duck_parquet,
    "duckdb-csv": lambda: duck(f"select * from read_csv('{task['file']}', header = true)", ["set timezone = 'UTC'"]),
    "duckdb-jsonl": lambda: duck(f"select * from read_json('{task['file']}', format = 'newline_delimited')", ["set timezone = 'UTC'"]),
    "pyarrow-parquet": pyarrow_parquet,
    "pyarrow-csv": pyarrow_csv,
    "pyarrow-s3": pyarrow_s3,
    "openmetrics": openmetrics,
    "cloudwatch": cloudwatch,
    "cloudwatch-dashboard": put_dashboard,
    "time-series": time_series,
    "monitoring-dashboard": monitoring_dashboard,
    "duckdb-sql": duck_sql,
    "spark-sql": spark_sql,
}[mode]()))
