"""What stands in deploy/ agrees with the image, with compose and with itself."""

import json
import re
import shutil
import subprocess

import pytest
import yaml

from tests.checks import ROOT
from tests.composed import filled_in, read_env

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = ("migrate", "web", "worker", "sweeper", "backup")


def test_one_image_is_built_once_for_all_of_ours_and_every_other_has_an_exact_tag():
    assert {SERVICES[name]["image"] for name in OURS} == {"school-portal"}
    assert not any("build" in service for service in SERVICES.values())
    others = [service["image"] for name, service in SERVICES.items() if name not in OURS]
    others.append(re.search(r"^FROM (\S+)", DOCKERFILE, re.M)[1])
    assert [image for image in others if not re.search(r":\d+\.\d+", image)] == []


def test_whatever_runs_on_has_limits_a_health_check_rotated_logs_and_is_restarted():
    for name, service in SERVICES.items():
        assert set(service["deploy"]["resources"]["limits"]) == {"memory", "cpus"}, name
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}, name
        if service.get("restart") != "no":
            assert service["restart"] == "unless-stopped" and "healthcheck" in service, name


def test_databases_are_reached_by_nobody_outside_and_no_secret_stands_in_the_environment():
    assert COMPOSE["networks"]["back"]["internal"] is True
    assert SERVICES["db"]["networks"] == SERVICES["redis"]["networks"] == ["back"]
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            is_secret = re.search("KEY|PASSWORD|TOKEN", variable)
            assert not is_secret or str(value).startswith("/run/secrets/"), f"{name}: {variable}"


def test_no_key_gets_into_the_image():
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".env", "secrets", "certificates", "people.csv", "backups", "var"} <= set(ignored)


def test_every_line_of_the_operators_settings_is_explained_and_every_variable_of_compose_stands_there():
    asked = set(read_env(ROOT / "deploy/production.env"))
    explained = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.M))
    assert asked - explained == set()
    used = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    assert used - asked == {"DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL"}


@pytest.mark.parametrize(
    ("text", "comes_to"),
    [
        ("${A:?needed}", "a"),
        ("${B:-other}", "other"),
        ("${A}${B:+, }${B:-}", "a"),
        ("${A}${C:+, }${C:-}", "a, c"),
        ("$$A $(x)", "$A $(x)"),
    ],
)
def test_variables_are_filled_in_as_compose_does(text, comes_to):
    assert filled_in(text, {"A": "a", "C": "c"}) == comes_to


# --- systemd ---


def unit(name):
    return (ROOT / f"deploy/systemd/portal-{name}.service").read_text()


@pytest.mark.parametrize("name", ["web", "worker", "sweeper", "backup"])
def test_a_unit_of_systemd_runs_what_the_container_runs(name):
    command = SERVICES[name].get("command") or json.loads(re.search(r"^CMD (.+)$", DOCKERFILE, re.M)[1])
    started = re.search(r"^ExecStart=/opt/portal/.venv/bin/(.+)$", unit(name), re.M)[1]
    assert started == " ".join(command).replace("0.0.0.0", "127.0.0.1")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_reads_the_units():
    said = subprocess.run(
        ["systemd-analyze", "verify", *(ROOT / "deploy/systemd").glob("*.service")], capture_output=True, text=True
    ).stderr
    assert [line for line in said.splitlines() if "is not executable" not in line] == []
