"""Fixtures: a local AWS, the packages, and stacks that take long to make."""

import concurrent.futures
import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "Tests" / "Interop")]

import cloud as clouds  # noqa: E402
from local_aws import terraform  # noqa: E402


# What needs the stacks that take long comes last.
ORDER = [
    "test_terraform", "test_checkov", "test_local_aws", "test_layers", "test_production",
    "test_readme", "test_demo", "test_event_driven", "test_everything",
    "test_everything_permissions", "test_everything_removed",
]


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes minutes; run with DEPLOY_TESTS=all")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: ORDER.index(item.path.stem))
    if os.environ.get("DEPLOY_TESTS") != "all":
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="takes minutes: DEPLOY_TESTS=all"))


@pytest.fixture(scope="session", autouse=True)
def region_free_environment():
    """Nothing that is set outside decides about these tests."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "TF_VAR_")):
            del os.environ[name]


@pytest.fixture(scope="session")
def terraform_found():
    """Skips, with a sentence, where Terraform or the provider is not to be had."""
    try:
        return terraform.find()
    except terraform.Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def packages():
    """The packages that `make lambda` makes, for this machine."""
    names = ["bootstrap", "bootstrap-static", "swift-runtime-layer", "codecs-layer"]
    missing = [name for name in names if not (clouds.PACKAGES / f"{name}.zip").is_file()]
    if missing:
        pytest.fail(
            f"{clouds.PACKAGES} has no {', '.join(missing)}: run `make test-deploy`, which builds"
            " them, or set LAMBDA_PACKAGES to where they are.", pytrace=False,
        )
    return clouds.PACKAGES


@pytest.fixture(scope="session")
def cloud(terraform_found):
    made = clouds.Cloud()
    yield made
    made.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """What the local AWS printed, beside a failure."""
    outcome = yield
    report = outcome.get_result()
    made = item.funcargs.get("cloud") if hasattr(item, "funcargs") else None
    if report.failed and made is not None and made.log.exists():
        # moto prints whole state machines in a line.
        lines = [line[:400] for line in made.log.read_text().splitlines()]
        report.sections.append(("local AWS", "\n".join(lines[-60:])))


# Queues take half a minute to make, in which Terraform only waits: so these are made while other
# tests run.

EVENT_DRIVEN_REGION, EVERYTHING_REGION = "eu-west-1", "eu-north-1"


@pytest.fixture(scope="session", autouse=True)
def begun_stacks(request):
    wanted = {item.path.stem for item in request.session.items}
    if not any(name.startswith(("test_event", "test_every")) for name in wanted):
        yield {}
        return
    cloud = request.getfixturevalue("cloud")
    packages = request.getfixturevalue("packages")

    def make(root, region, override="", **variables):
        cloud.bucket(region, f"source-{region}")
        cloud.bucket(region, f"checkpoints-{region}")
        stack = cloud.stack(
            f"examples/{root}", region, source_bucket=f"source-{region}",
            checkpoint_bucket=f"checkpoints-{region}", package_directory=packages, **variables,
        )
        if override:
            (stack.directory / "module_override.tf").write_text(
                f'module "event_log_checkpoint" {{\n  {override}\n}}\n'
            )
        stack.apply()
        return stack

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        yield {
            "event-driven": pool.submit(
                make, "event-driven", EVENT_DRIVEN_REGION,
                # Roles are the account's, and other tests take the usual name.
                'concurrency = 2\n  function_name = "event-driven"', lambda_timeout=20,
                deadline_margin_seconds=2, queue_batching_window_seconds=1,
                queue_visibility_timeout_seconds=20,
            ),
            "everything": pool.submit(
                make, "everything", EVERYTHING_REGION, package="static",
                queue_batching_window_seconds=5, backfill_batch_size=400,
            ),
        }


@pytest.fixture(scope="session")
def event_driven(begun_stacks):
    return begun_stacks["event-driven"].result()


@pytest.fixture(scope="session")
def everything(begun_stacks):
    return begun_stacks["everything"].result()
