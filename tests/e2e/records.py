# SPDX-License-Identifier: Apache-2.0
"""Whether records and receipts are what docs/formats says: each is held against its published schema."""
import json
import pathlib

import jsonschema

FORMATS = pathlib.Path(__file__).resolve().parents[2] / "docs/formats"


def validator(name):
    schema = json.loads((FORMATS / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


RECEIPT, RECORD = validator("receipt"), validator("audit")


def faults_of_receipt(receipt):
    return [f"receipt{error.json_path[1:]}: {error.message}" for error in RECEIPT.iter_errors(receipt)]


def faults_of_record(record):
    found = [f"{record.get('kind')}{error.json_path[1:]}: {error.message}" for error in RECORD.iter_errors(record)]
    return found + (faults_of_receipt(record["receipt"]) if "receipt" in record else [])


def faults_of_log(log):
    """Of each whole line of each file; `log` need not be there. How many lines were read, and the faults."""
    count, faults = 0, []
    for path in sorted(log.glob("*/*.jsonl")):
        for line in path.read_bytes().splitlines(keepends=True):
            if not line.endswith(b"\n"):
                continue
            count += 1
            faults += [f"{path.name}: {each}" for each in faults_of_record(json.loads(line))]
    return count, faults
