"""docker-compose.yml as processes of this machine: every command and every health check, in the order of the file.

What a container would see under its own paths and names (`/run/secrets`, `/app`, `db`, `redis:6379`, `web:8000`) stands in a
folder and on ports of this machine instead; nothing else is changed, and nothing of our own environment is handed over.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import yaml

from conftest import free_port
from tests.checks import ROOT
from tests.workers import wait_until

POSTGRESQL = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), default=None)
NEEDED = ("caddy", "redis-server", "wget")
PATIENCE = 180  # seconds until a health check is green
_VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?:(:[?+-])([^}]*))?\})")


def filled_in(text, values):
    """The text with its ${…}, as compose fills them in."""

    def value(found):
        name, how, word = found.groups()
        given = values.get(name or "", "")
        if name is None:
            return "$"
        if how == ":?":
            assert given, word
        if how == ":+":
            return word if given else ""
        return given or (word if how == ":-" else "")

    return _VARIABLE.sub(value, text)


def read_env(file):
    lines = (line.partition("=") for line in file.read_text().splitlines() if line and not line.startswith("#"))
    return {name: value.strip("'") for name, _, value in lines}


def ignored_by_docker(folder, names):
    """What .dockerignore keeps out of the image: a pattern is of the uppermost folder, unless it begins with **/."""
    patterns = (ROOT / ".dockerignore").read_text().split()
    here = [pattern.removeprefix("**/") for pattern in patterns if pattern.startswith("**/") or Path(folder) == ROOT]
    return {name for name in names if any(fnmatch(name, pattern) for pattern in here)}


class Composed:
    """`folder` holds what an operator has there: app/ (the image), .env, secrets/, certificates/."""

    def __init__(self, folder):
        self.folder, self.app, self.running, self._spawned = folder, folder / "app", {}, {}
        self.ports = {name: free_port() for name in ("db", "redis", "web", "proxy", "plain", "check")}
        self.binaries = folder / "bin"
        shutil.copytree(ROOT, self.app, ignore=ignored_by_docker)

    def read(self, **instead):
        """The services, once .env is written; `instead` is what this rehearsal needs otherwise."""
        self.env = read_env(self.folder / ".env")
        document = yaml.safe_load((self.app / "docker-compose.yml").read_text())
        self.services = {name: self._here(service) for name, service in document["services"].items()}
        for service in self.services.values():
            if "env_file" in service:
                service["environment"] = self.env | service["environment"] | instead
        image = (self.app / "Dockerfile").read_text()
        self.services["web"]["command"] = self._here(json.loads(re.search(r"^CMD (.+)$", image, re.M)[1]))
        build = re.search(r"^RUN (export (?:.*\\\n)*.*)", image, re.M)[1].replace("\\\n", "").partition("&& mkdir")[0]
        self._run(["sh", "-c", self._here(build)], {})

    def _here(self, part):
        """The same part of the file with the paths and addresses of this machine."""
        if isinstance(part, dict):
            return {name: self._here(value) for name, value in part.items()}
        if isinstance(part, list):
            return [self._here(value) for value in part]
        if not isinstance(part, str):
            return part
        text, ports = filled_in(part, self.env), self.ports
        for there, here in {
            "/run/secrets": f"{self.folder}/secrets",
            "/app/var": f"{self.app}/var",
            "/certificates": f"{self.folder}/certificates",
            "/tmp/redis.conf": f"{self.folder}/redis.conf",
            "/etc/caddy/Caddyfile": f"{self.folder}/Caddyfile",
            "@db/": f"@127.0.0.1:{ports['db']}/",
            "redis:6379": f"127.0.0.1:{ports['redis']}",
            "6379": str(ports["redis"]),
            "0.0.0.0:8000": f"127.0.0.1:{ports['web']}",
            "127.0.0.1:8000": f"127.0.0.1:{ports['web']}",
            "127.0.0.1:2020": f"127.0.0.1:{ports['check']}",
        }.items():
            text = text.replace(there, here)
        return text

    # --- processes ---

    def _environment(self, values):
        """Of a container: what stands in the file, and nothing of ours but where programs are."""
        path = f"{self.binaries}:{Path(sys.executable).parent}:{POSTGRESQL}:{os.environ['PATH']}"
        own = {"PATH": path, "HOME": str(self.folder), "PGHOST": "127.0.0.1", "PGPORT": str(self.ports["db"])}
        return own | {"PYTHONUNBUFFERED": "1"} | {name: str(value) for name, value in values.items()}

    def _run(self, command, values, **options):
        options = {"check": True, "text": True, "capture_output": True} | options
        try:
            return subprocess.run(command, cwd=self.app, env=self._environment(values), timeout=180, **options)
        except subprocess.CalledProcessError as failed:
            raise AssertionError(f"{command}: {failed.stdout[-2000:]} {failed.stderr[-2000:]}") from None

    def execute(self, *command, file=None):
        """`docker compose exec web …`; what it printed."""
        given = {"stdin": file.open("rb")} if file else {}
        return self._run(list(command), self.services["web"]["environment"], **given).stdout

    def run(self, name, *command):
        """`docker compose run --rm NAME …`; what it printed."""
        service = self.services[name]
        return self._run(list(command) or service["command"], service["environment"]).stdout

    def execute_in_db(self, *command):
        """`docker compose exec db …`"""
        return self._run(list(command), {"PGHOST": str(self.folder / "data")})

    def is_healthy(self, name):
        how, *test = self.services[name]["healthcheck"]["test"]
        command = ["sh", "-c", *test] if how == "CMD-SHELL" else test
        values = self.services[name].get("environment", {})
        return self._run(command, values, check=False).returncode == 0

    def up(self):
        """`docker compose up -d`: each that does not run, once those it depends on are healthy, or have ended well."""
        for name, service in self.services.items():
            if "profiles" in service or name in self.running:
                continue
            depends = service.get("depends_on", {})
            for other, how in depends.items() if isinstance(depends, dict) else ():
                if how["condition"] == "service_healthy":
                    wait_until(lambda other=other: self.is_healthy(other), PATIENCE)
            getattr(self, f"_start_{name}", self._start)(name)

    def _start(self, name):
        service = self.services[name]
        self._spawn(name, service["command"], self.app, self._environment(service.get("environment", {})))

    def _spawn(self, name, command, folder, environment=None):
        log = (self.folder / f"{name}.log").open("a")
        self.running[name] = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        self._spawned[name] = command, folder, environment

    def start_again(self, name):
        """The same command after it has died."""
        self._spawn(name, *self._spawned[name])

    def kill(self, name):
        """It has no time to end in order. PostgreSQL's children are in no group of its: it is asked to leave them."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGQUIT if name == "db" else signal.SIGKILL)
        process.wait()

    def _start_migrate(self, name):
        service = self.services[name]
        (self.folder / "migrate.log").write_text(self._run(service["command"], service["environment"]).stdout)

    def _start_db(self, name):
        """What the image of PostgreSQL does: a cluster with a superuser's password, the script beside it, the server."""
        data, password = self.folder / "data", (self.folder / "secrets/database_password").read_text()
        as_postgres = []
        if os.getuid() == 0:
            data.mkdir()
            shutil.chown(data, "postgres")
            self.folder.chmod(0o755)
            as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        initdb = [
            "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
        ]
        self._run([*as_postgres, *initdb], {})
        options = ["-p", str(self.ports["db"]), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-k", str(data)]
        self._spawn(name, [*as_postgres, POSTGRESQL / "postgres", "-D", data, *options], data)
        local = {"PGHOST": str(data), "PGUSER": "postgres", "POSTGRES_PASSWORD": password}
        wait_until(lambda: self._run(["pg_isready", "-q"], local, check=False).returncode == 0, PATIENCE)
        self._run(["sh", "deploy/postgres/role.sh"], local)

    def _start_redis(self, name):
        """The image's entry point changes to the user redis, which has the data."""
        self.binaries.mkdir()
        for program, does in [("docker-entrypoint.sh", f'cd "{self.folder}" && exec "$@"'), ("chown", ":")]:
            (self.binaries / program).write_text(f"#!/bin/sh\n{does}\n")
            (self.binaries / program).chmod(0o755)
        self._start(name)

    def _start_proxy(self, name):
        """Debian's Caddy is older than the image's: it buffers by another word, and knows no size there."""
        text = (self.app / "deploy/Caddyfile").read_text()
        text = text.replace("\tadmin off\n", f"\tadmin off\n\thttp_port {self.ports['plain']}\n")
        text = text.replace("request_buffers 1MB", "buffer_requests").replace(
            "web:8000", f"127.0.0.1:{self.ports['web']}"
        )
        (self.folder / "Caddyfile").write_text(self._here(text))
        self._start(name)

    def log(self, name):
        return (self.folder / f"{name}.log").read_text()

    def stop(self, name):
        """`docker compose stop NAME`; how it ended, or None where it had to be killed."""
        process = self.running.pop(name)
        process.terminate()
        try:
            return process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return None

    def down(self):
        return {name: self.stop(name) for name in reversed(list(self.running))}
