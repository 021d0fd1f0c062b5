"""What the tests share: the tiny package, and made-up data."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from epee_trainer.export.package import write_graphs
from epee_trainer.export.reference import invented_rows, row_logits
from tests.support.graphs import Tiny
from tests.support.made_data import write_data
from tests.support.tiny import tiny_model, tiny_tokenizer, write_tiny_package


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """The tiny package, freshly written."""
    folder, size = write_tiny_package(tmp_path_factory.mktemp("tiny") / "package"), tiny_tokenizer().get_vocab_size()
    model = tiny_model(size)
    write_graphs(model, tmp_path_factory.mktemp("same"))
    rows = invented_rows(model.tasks, vocabulary=size, first_id=9, ends=(6, 7), per_task=6, seed=3)
    return Tiny(folder, model, rows, [row_logits(model, row) for row in rows])


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of data files."""
    return write_data(tmp_path_factory.mktemp("data"))
