"""The exported JSON Schema accepts what `run` accepts, as far as a schema can say it."""

import json

import jsonschema

import event_truth
import test_run


def test_json_schema_agrees_with_the_truth(command):
    schema = json.loads(command("schema", "--json-schema").stdout)
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    for content in test_run.ACCEPTED:
        # The schema speaks of values as they are stored, so white space is taken off first.
        stripped = {k: v.strip() if isinstance(v, str) else v for k, v in content.items()}
        errors = [error.message for error in validator.iter_errors(stripped)]
        assert not errors, (content, errors)
    beyond_a_schema = 0
    for content in test_run.REFUSED:
        if not list(validator.iter_errors(content)):
            beyond_a_schema += 1
    # A pattern cannot know leap years or hours beyond 23 in every dialect; all else it can.
    assert beyond_a_schema <= 4


def test_generated_events_are_what_was_asked_for(command, tmp_path):
    command(
        "generate", "--count", 400, "--seed", 3, "--output", tmp_path / "a",
        "--invalid-percent", 10, "--sandbox-percent", 10,
    )
    truth = event_truth.Truth(tmp_path / "a")
    assert truth.events == 400
    assert 10 <= len(truth.refused) <= 90
    assert 10 <= truth.sandbox <= 90
    command(
        "generate", "--count", 400, "--seed", 3, "--output", tmp_path / "b",
        "--invalid-percent", 10, "--sandbox-percent", 10,
    )
    names = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.json"))
    assert names == sorted(path.relative_to(tmp_path / "b") for path in (tmp_path / "b").rglob("*.json"))
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
