"""``recorded_command``: the command line of a run without its secrets."""

from __future__ import annotations

import pytest

from spanreg.training.runs.command import is_secret, recorded_command

SECRET = "s3cr3t-v4lue"


@pytest.mark.parametrize(
    "name",
    ["HF_TOKEN", "WANDB_API_KEY", "AWS_SECRET_ACCESS_KEY", "DB_PASSWORD", "passwd", "PGPASS", "GOOGLE_CREDENTIALS",
     "apiKey", "auth", "MY_PWD", "private", "SESSION_COOKIE", "SENTRY_DSN", "access_tokens"],
)  # fmt: skip
def test_values_of_variables_with_names_of_secrets_are_hidden(name: str) -> None:
    assert is_secret(name)
    for flag in ("--ext-var", "--ext-code"):
        assert recorded_command([flag, f"{name}={SECRET}"], [name]) == [flag, f"{name}=***"]
        assert recorded_command([f"{flag}={name}={SECRET}"], [name]) == [f"{flag}={name}=***"]
    assert recorded_command(["--set", f"callbacks.0.{name}={SECRET}"]) == ["--set", f"callbacks.0.{name}=***"]


@pytest.mark.parametrize(
    "name",
    ["ENCODER", "SEED", "max_tokens", "tokens_per_batch", "tokenizer", "keyword", "keep_function_words", "author"],
)
def test_values_of_other_variables_are_recorded(name: str) -> None:
    assert not is_secret(name)
    command = ["--ext-var", f"{name}=a=b", "--set", f"training.{name}=128"]
    assert recorded_command(command, [name]) == command


@pytest.mark.parametrize("flag", ["--ext-var", "--ext-v", "--ext-code", "--ext-c"])
def test_values_of_unused_variables_are_hidden(flag: str) -> None:
    command = ["train", "x.jsonnet", flag, "A=1", flag, f"B={SECRET}", f"{flag}=C={SECRET}", "-s", "runs/B=1"]
    hidden = ["train", "x.jsonnet", flag, "A=1", flag, "B=***", f"{flag}=C=***", "-s", "runs/B=1"]
    assert recorded_command(command, ["A"]) == hidden
    assert recorded_command(command) == command
    assert recorded_command(hidden, ["A"]) == hidden


@pytest.mark.parametrize("flag", ["-o", "--overrides", "--over"])
@pytest.mark.parametrize(
    "text", ['{{"a.api_key": "{}", "b": "c"}}', "{{ 'a.api_key': '{}', b: 'c' }}", "{{ a+: {{ api_key:: '{}' }} }}"]
)
def test_secrets_in_overrides_are_hidden(flag: str, text: str) -> None:
    (_, recorded) = recorded_command([flag, text.format(SECRET)])
    assert SECRET not in recorded
    assert recorded == text.replace("'{}'", '"***"').format("***")
    assert SECRET not in str(recorded_command([f"-o{text.format(SECRET)}", f"--set=a={text.format(SECRET)}"]))


def test_credentials_in_urls_are_hidden() -> None:
    command = ["--set", f"callbacks.0.uri=https://me:{SECRET}@mlflow.example/x", f"postgres://me:{SECRET}@db/x"]
    assert recorded_command(command) == ["--set", "callbacks.0.uri=https://***@mlflow.example/x", "postgres://***@db/x"]
