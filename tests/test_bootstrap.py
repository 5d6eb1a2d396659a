"""The `postern` script as users run it: copied beside stub locks, with a stub uv or pip that records what is asked."""

import ast
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "postern"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stubs are POSIX shell scripts")

TELL = "import os, sys; print(os.path.basename(__file__), sys.argv[1:], os.getcwd())\n"
UV = """#!/bin/sh
echo "$@" >> uv.log
case "$1" in
venv) mkdir -p .venv/bin && ln -s '{python}' .venv/bin/python ;;
pip) {install} ;;
esac
"""
STUB_VENV = """
import os, sys
if __name__ == "__main__":
    os.makedirs(sys.argv[1] + "/bin")
    os.symlink(sys.executable, sys.argv[1] + "/bin/python")
"""


class House:
    """A directory that holds the script and everything that it looks at."""

    def __init__(self, path):
        self.path = path
        self.outside = path.parent / "outside"
        self.tools = path.parent / "tools"
        self.modules = path.parent / "modules"
        for folder in (path, self.outside, self.tools, self.modules):
            folder.mkdir()
        for tool in ("mkdir", "ln", "sleep"):
            (self.tools / tool).symlink_to(shutil.which(tool))
        shutil.copy(SCRIPT, path)
        self.write("requirements.txt", "flask==1\n")
        self.write("requirements-dev.txt", "pytest==1\n")
        self.write("cli.py", TELL)
        self.write("pytest.py", TELL)

    def write(self, name, text):
        (self.path / name).write_text(text, encoding="utf-8")

    def has_uv(self, install="true"):
        uv = self.tools / "uv"
        uv.write_text(UV.format(python=sys.executable, install=install), encoding="utf-8")
        uv.chmod(0o755)

    def has_module(self, name, source):
        (self.modules / f"{name}.py").write_text(source, encoding="utf-8")

    def start(self, *arguments, python=()):
        return subprocess.Popen(
            [sys.executable, *(python or [self.path / "postern"]), *arguments],
            cwd=self.outside,
            env={"PATH": str(self.tools), "PYTHONPATH": str(self.modules)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def run(self, *arguments, python=()):
        process = self.start(*arguments, python=python)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    @property
    def calls(self):
        log = self.path / "uv.log"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []

    @property
    def steps(self):
        return [call.split()[0] for call in self.calls]


@pytest.fixture
def house(tmp_path):
    return House(tmp_path / "house")


def test_the_first_call_prepares_and_says_so_in_one_line(house):
    house.has_uv()
    done = house.run("user", "show", "carl smith")
    assert done.stdout == f"cli.py ['user', 'show', 'carl smith'] {house.outside}\n"
    assert done.stderr == "Preparing .venv (first start, about half a minute) …\n"
    assert house.steps == ["venv", "pip"]
    assert house.calls[1].endswith("--require-hashes -r requirements.txt")


def test_a_second_call_is_silent_and_prepares_nothing(house):
    house.has_uv()
    house.run()
    done = house.run("why")
    assert (done.returncode, done.stderr) == (0, "")
    assert house.steps == ["venv", "pip"]


def test_a_warm_start_starts_no_process_and_imports_nothing_heavy(house):
    house.has_uv()
    house.run()
    script = str(house.path / "postern")
    watch = (
        f"import os, sys; source = compile(open({script!r}).read(), {script!r}, 'exec'); before = set(sys.modules);"
        "os.execv = lambda *command: sys.exit(' '.join(set(sys.modules) - before));"
        f"exec(source, {{'__name__': '__main__', '__file__': {script!r}}})"
    )
    imported = house.run(python=["-c", watch]).stderr.split()
    assert set(imported) <= {"hashlib", "_hashlib", "_blake2", "_sha2", "_sha3", "_md5", "_sha1", "_hmac"}


def test_the_exit_code_is_that_of_the_command(house):
    house.has_uv()
    house.write("cli.py", "import sys; sys.exit(2)")
    assert house.run().returncode == 2


def test_a_link_to_the_script_leads_to_the_same_house(house):
    house.has_uv()
    link = house.outside / "postern"
    link.symlink_to(house.path / "postern")
    assert house.run(python=[link]).stdout == f"cli.py [] {house.outside}\n"


def test_the_tests_run_in_the_house_with_both_locks_and_the_arguments_as_given(house):
    house.has_uv()
    done = house.run("test", "-k", "guard or door", "-x")
    assert done.stdout == f"pytest.py ['-k', 'guard or door', '-x'] {house.path}\n"
    assert house.calls[1].endswith("--require-hashes -r requirements.txt -r requirements-dev.txt")


def test_the_tests_add_to_what_is_there_already(house):
    house.has_uv()
    house.run()
    assert house.run("test").stderr == "Preparing .venv (new requirements) …\n"
    assert house.run().stderr == ""
    assert house.steps == ["venv", "pip", "pip"]


def test_a_changed_lock_is_installed_at_the_next_call(house):
    house.has_uv()
    house.run()
    house.write("requirements.txt", "flask==2\n")
    assert house.run().stderr == "Preparing .venv (new requirements) …\n"
    assert house.run().stderr == ""
    assert house.steps == ["venv", "pip", "pip"]


def test_a_python_that_has_gone_is_replaced(house):
    house.has_uv()
    house.run()
    (house.path / ".venv/bin/python").unlink()
    (house.path / ".venv/bin/python").symlink_to("/nowhere/python3.11")
    assert house.run().returncode == 0
    assert house.steps == ["venv", "pip", "venv", "pip"]


def test_a_call_killed_half_way_is_begun_again_from_nothing(house):
    house.has_uv(install="echo half > .venv/half; kill -9 $PPID")
    assert house.run().returncode == -9
    house.has_uv()
    assert house.run().returncode == 0
    assert house.steps == ["venv", "pip", "venv", "pip"]
    assert not (house.path / ".venv/half").exists()


def test_what_a_killed_call_left_running_is_waited_for(house):
    house.has_uv(install="kill -9 $PPID; sleep 0.5; echo orphan-done >> uv.log")
    first = house.start()
    first.wait(timeout=60)
    house.has_uv()
    house.run()
    first.communicate()
    assert house.steps == ["venv", "pip", "orphan-done", "venv", "pip"]


def test_calls_at_once_prepare_once(house):
    house.has_uv(install="sleep 0.3")
    calls = [house.start() for _ in range(4)]
    ends = [call.communicate(timeout=60) for call in calls]
    assert [call.returncode for call in calls] == [0, 0, 0, 0]
    assert sorted(err for _, err in ends)[:3] == ["", "", ""]
    assert house.steps == ["venv", "pip"]


def test_without_uv_venv_and_pip_do_it(house):
    house.has_module("ensurepip", "")
    house.has_module("venv", STUB_VENV)
    house.has_module("pip", "import sys; open('pip.log', 'a').write(' '.join(sys.argv[1:]))")
    assert house.run().returncode == 0
    asked = (house.path / "pip.log").read_text(encoding="utf-8")
    assert asked.endswith("--require-hashes -r requirements.txt")
    assert "index" not in asked


def test_where_uv_fails_pip_takes_over(house):
    house.has_uv(install="exit 1")
    house.has_module("ensurepip", "")
    house.has_module("venv", STUB_VENV)
    house.has_module("pip", "")
    assert house.run().returncode == 0
    assert house.run().stderr == ""
    assert house.steps == ["venv", "pip"]


def test_a_failing_pip_is_quoted_and_tried_again_next_time(house):
    house.has_module("ensurepip", "")
    house.has_module("venv", STUB_VENV)
    house.has_module("pip", "print(*range(100), sep='\\n', flush=True); raise SystemExit('no network here')")
    for _ in range(2):
        done = house.run()
        assert (done.returncode, done.stdout) == (1, "")
        assert "Cannot prepare .venv. What pip said last:" in done.stderr
        assert done.stderr.endswith("no network here\n")
        assert "Traceback" not in done.stderr
        assert len(done.stderr.splitlines()) < 16


def test_in_the_folder_of_somebody_else_nothing_is_touched(house):
    house.has_uv()
    pretend = (
        "import os, runpy, sys; os.access = lambda path, mode: False;"  # root may write everywhere
        f"runpy.run_path({str(house.path / 'postern')!r}, run_name='__main__')"
    )
    done = house.run(python=["-c", pretend])
    assert done.returncode == 1
    assert done.stderr.startswith(f"Cannot prepare .venv: {house.path} is not yours to write in.")
    assert house.calls == []


def test_any_other_obstacle_gives_a_sentence(house):
    house.has_uv()
    house.write(".venv", "a file where the folder should be")
    done = house.run()
    assert done.returncode == 1
    assert "Cannot prepare .venv: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_python_without_venv_names_the_cure(house):
    house.has_module("ensurepip", "raise ImportError")
    done = house.run()
    assert (done.returncode, done.stdout) == (1, "")
    assert "This Python lacks the venv module" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("system", "cure"),
    [
        ('ID=debian\nVERSION_ID="12"\n', "apt install python3.11-venv"),
        ('NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n', "apt install python3.11-venv"),
        ("ID=alpine\n", "apk add python3"),
        ("ID=fedora\n", "install your system's package with Python's venv and ensurepip modules"),
        ("", "install your system's package with Python's venv and ensurepip modules"),
    ],
)
def test_the_cure_is_that_of_the_system(system, cure):
    script = runpy.run_path(str(SCRIPT))
    assert script["venv_is_missing"](system, (3, 11, 2)).endswith(f"As root: {cure}")


def test_an_old_python_gets_one_sentence(house):
    pretend = (
        "import runpy, sys; sys.version_info = (3, 8, 10, 'final', 0);"
        f"runpy.run_path({str(house.path / 'postern')!r}, run_name='__main__')"
    )
    done = house.run(python=["-c", pretend])
    assert done.returncode == 1
    assert done.stderr == f"Postern needs Python 3.11 or newer; {sys.executable} is Python 3.8.\n"


def test_any_python_3_can_read_the_script():
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 7))
    newer = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr)
    assert not [node for node in ast.walk(tree) if isinstance(node, newer)]


def test_the_locks_name_no_host_and_no_path():
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (SCRIPT.parent / name).read_text(encoding="utf-8").splitlines()
        assert not [line for line in lines if "://" in line or line.startswith(("-", "/"))]
        assert [line for line in lines if "--hash=sha256:" in line]
