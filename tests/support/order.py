"""Run tests in a random order, so that none can lean on another.

The seed is printed; `--order-seed=N` repeats an order, `--order-seed=0` keeps the written one.
Modules are shuffled, then the tests inside each, so that what a module shares is built once.
"""

import random
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--order-seed", type=int, default=None, help="repeat an order; 0: as written")


def pytest_configure(config: pytest.Config) -> None:
    told = getattr(config, "workerinput", None)  # a worker of pytest-xdist follows its controller
    if told is not None:
        config.option.order_seed = told["order_seed"]
    elif config.option.order_seed is None:
        config.option.order_seed = random.SystemRandom().randrange(1, 10**6)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["order_seed"] = node.config.option.order_seed


def pytest_report_header(config: pytest.Config) -> str:
    seed = config.option.order_seed
    return f"order: seed {seed} (repeat with --order-seed={seed})"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    seed = config.option.order_seed
    if not seed:
        return
    modules: dict[str, list[pytest.Item]] = {}
    for item in items:
        modules.setdefault(item.nodeid.partition("::")[0], []).append(item)
    dice = random.Random(seed)
    names = sorted(modules)
    dice.shuffle(names)
    shuffled: list[pytest.Item] = []
    for name in names:
        dice.shuffle(modules[name])
        shuffled += modules[name]
    items[:] = shuffled
