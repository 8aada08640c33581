"""A network as a torch module: the same function, trained and written back."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import crop_of_photo

import inrcodec
from inrcodec.codecs.inr.module import NetworkModule
from inrcodec.errors import OutputExistsError, UsageError
from inrcodec.signal.geometry import pixel_centers

IMAGE = crop_of_photo(36, 50)
SINE = np.sin(np.arange(4000) / 9).astype(np.float32)[:, None] / 3
EXACT = {"device": "cpu", "precision": "fp16"}
SMALL = {"width": 6, "depth": 1, "steps": 8, **EXACT}
MODELS = {
    "siren": {"model": "siren", **SMALL},
    "enrp": {"model": "enrp", "tile": 16, **SMALL},
    "local-global": {"model": "local-global", "steps": 3, **EXACT},
    "minr": {"model": "minr", **SMALL},
    "coin++": {"model": "coin++", **SMALL},
    "loe": {"model": "loe", "width": 6, "steps": 3, **EXACT},
    "incode": {"model": "incode", **SMALL},
    "fourier": {"model": "siren", "activation": "fourier", **SMALL},
    "wire": {"model": "enrp", "tile": 16, "activation": "wire", **SMALL},
}
EACH = pytest.mark.parametrize("name", MODELS)


def encoded(name: str, **more: object) -> inrcodec.Encoded:
    return inrcodec.encode(IMAGE, **{**MODELS[name], **more})  # type: ignore[arg-type]


def encoded_audio(**more: object) -> inrcodec.Encoded:
    options = {"model": "enrp", "tile": 700, **SMALL, **more}
    return inrcodec.encode(SINE, rate=8000, **options)  # type: ignore[arg-type]


def module_of(data: bytes) -> NetworkModule:
    with inrcodec.open(data) as representation:
        module = representation.module()
    assert isinstance(module, NetworkModule)
    return module


def random_points(count: int, axes: int = 2) -> torch.Tensor:
    return 2 * torch.rand(count, axes, dtype=torch.float64) - 1


def saved(module: torch.nn.Module, folder: Path) -> bytes:
    path = folder / "own.inr"
    inrcodec.save(module, path, force=True)
    return path.read_bytes()


def pixels() -> tuple[torch.Tensor, torch.Tensor]:
    """The coordinates and the values of the image's pixels."""
    grid = np.stack(np.meshgrid(pixel_centers(36), pixel_centers(50), indexing="ij"), -1)
    return torch.from_numpy(grid), torch.from_numpy(IMAGE.astype(np.float32) / 255)


@EACH
def test_it_gives_what_the_file_gives(name: str) -> None:
    data = encoded(name).data
    points = random_points(500).reshape(20, 25, 2)
    values = module_of(data)(points)
    assert values.shape == (20, 25, 3)
    assert values.dtype == torch.float32
    torch.testing.assert_close(values, inrcodec.open(data)(points), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["siren", "enrp", "minr"])
def test_of_weights_at_steps_it_gives_what_the_file_gives(name: str) -> None:
    data = encoded(name, precision="auto", steps=30).data
    points = random_points(100)
    of_file = inrcodec.open(data)(points)
    torch.testing.assert_close(module_of(data)(points), of_file, rtol=0, atol=1e-5)


def test_of_audio_it_gives_what_the_file_gives() -> None:
    data = encoded_audio().data
    points = random_points(300, 1)
    values = module_of(data)(points)
    torch.testing.assert_close(values, inrcodec.open(data)(points), rtol=0, atol=1e-5)


def test_an_item_of_an_album_gives_what_the_file_gives(tmp_path: Path) -> None:
    """Shared weights are among its parameters."""
    from click.testing import CliRunner
    from PIL import Image

    from inrcodec.cli import main

    for k in range(2):
        Image.fromarray(np.roll(IMAGE, 9 * k, 1)).save(tmp_path / f"{k}.png")
    out = tmp_path / "both.inr"
    command = [str(tmp_path / f"{k}.png") for k in range(2)]
    options = "--model minr --width 6 --depth 1 --steps 30 --quiet"
    result = CliRunner().invoke(main, ["encode", *command, "-o", str(out), *options.split()])
    assert result.exit_code == 0, result.output
    points, modules = random_points(50), []
    for item in (1, 2):
        with inrcodec.open(out, item=item) as representation:
            modules.append(representation.module())
            values = modules[-1](points)
            torch.testing.assert_close(values, representation(points), rtol=0, atol=1e-5)
    one, two = (module.state_dict() for module in modules)
    assert torch.equal(one["weight_middle0"], two["weight_middle0"])
    assert not torch.equal(one["weight_first"], two["weight_first"])


def test_weights_are_parameters_by_name() -> None:
    state = module_of(encoded("enrp").data).state_dict()
    assert list(state) == ["weight0", "bias0", "weight1", "bias1", "weight2", "bias2"]
    # A row for each of 3×4 tiles.
    assert state["weight0"].shape == (12, 6, 2)
    assert all(weight.dtype == torch.float32 for weight in state.values())
    assert module_of(encoded("siren").data).state_dict()["weight1"].shape == (1, 6, 6)


def test_random_frequencies_are_not_trained() -> None:
    module = module_of(encoded("fourier").data)
    fixed = [name for name, weight in module.named_parameters() if not weight.requires_grad]
    assert fixed == ["mapping"]


@EACH
def test_gradients_flow_to_parameters_and_coordinates(name: str) -> None:
    module = module_of(encoded(name).data)
    points = random_points(200).requires_grad_()
    module(points).square().sum().backward()
    for weight in (w for w in module.parameters() if w.requires_grad):
        assert weight.grad is not None
        assert weight.grad.abs().max() > 0
    assert points.grad is not None
    assert points.grad.abs().max() > 0


@pytest.mark.parametrize("name", ["siren", "enrp", "minr", "local-global"])
def test_gradients_of_gradients_train_parameters(name: str) -> None:
    """As where a network is fitted to the gradients of an image."""
    module = module_of(encoded(name).data)
    points = random_points(60).requires_grad_()
    (gradient,) = torch.autograd.grad(module(points).sum(), points, create_graph=True)
    gradient.square().sum().backward()
    weight = next(iter(module.parameters()))
    assert weight.grad is not None
    place = (0,) * weight.ndim
    losses, step = [], 1e-3
    for change in (-step, step):
        with torch.no_grad():
            weight[place] += change
        (found,) = torch.autograd.grad(module(points).sum(), points)
        losses.append(float(found.square().sum()))
        with torch.no_grad():
            weight[place] -= change
    expected = (losses[1] - losses[0]) / (2 * step)
    assert float(weight.grad[place]) == pytest.approx(expected, rel=0.05, abs=0.05)


@pytest.mark.parametrize("name", ["siren", "enrp", "minr"])
def test_trained_weights_are_saved(name: str, tmp_path: Path) -> None:
    module = module_of(encoded(name).data)
    points, target = pixels()
    optimizer = torch.optim.Adam(module.parameters(), 1e-2)
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        loss = (module(points) - target).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] / 2
    data = saved(module, tmp_path)
    for key, weight in module_of(data).state_dict().items():
        assert torch.equal(weight, module.state_dict()[key].half().float())
    with inrcodec.open(data) as representation:
        assert representation.model == name
        torch.testing.assert_close(representation(points), module(points), rtol=0, atol=0.02)


@EACH
def test_weights_as_they_are_give_the_same_sections(name: str, tmp_path: Path) -> None:
    """Nothing is lost between a file and what is saved of it, save metadata."""
    once = encoded(name).data
    assert saved(module_of(once), tmp_path) == once


@EACH
def test_kept_weights_differ_from_the_file_by_rounding(name: str) -> None:
    result = encoded(name, keep_float=True)
    kept, of_file = result.module().state_dict(), module_of(result.data).state_dict()
    assert list(kept) == list(of_file)
    assert any(not torch.equal(kept[key], of_file[key]) for key in kept)
    for key, weight in of_file.items():
        assert torch.equal(weight, kept[key].half().float())


def test_kept_weights_of_audio_are_at_its_loudness() -> None:
    result = encoded_audio(keep_float=True)
    points = random_points(300, 1)
    values = result.module()(points)
    torch.testing.assert_close(values, inrcodec.open(result.data)(points), rtol=0, atol=0.01)


def test_kept_weights_have_the_quality_of_the_file() -> None:
    result = encoded("siren", keep_float=True)
    points, target = pixels()
    with torch.no_grad():
        error = float((result.module()(points) - target).square().mean())
    assert -10 * np.log10(error) == pytest.approx(result.psnr_db, abs=0.1)


def test_it_is_a_module_like_any_other() -> None:
    module = module_of(encoded("enrp").data)
    points = random_points(50)
    twin = copy.deepcopy(module).eval()
    assert not twin.training
    assert torch.equal(twin(points), module(points))
    with torch.no_grad():
        twin.get_parameter("bias2").add_(0.5)
    torch.testing.assert_close(twin(points), module(points) + 0.25, rtol=0, atol=1e-5)
    twin.load_state_dict(module.state_dict())
    assert torch.equal(twin(points), module(points))
    assert "enrp, 50×36" in repr(module)


@pytest.mark.parametrize("shape", [(2,), (0, 2), (3, 4, 2)])
def test_coordinates_of_any_shape(shape: tuple[int, ...]) -> None:
    assert module_of(encoded("siren").data)(torch.zeros(shape)).shape == (*shape[:-1], 3)


@pytest.mark.parametrize("shape", [(), (3,), (4, 1)])
def test_coordinates_of_another_dimension_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match=r"\(\.\.\., 2\)"):
        module_of(encoded("siren").data)(torch.zeros(shape))


def test_what_is_no_single_network_is_refused() -> None:
    grid = inrcodec.encode(IMAGE, model="grid", effort=1, device="cpu").data
    with pytest.raises(UsageError, match=r"^model grid is no coordinate network$"):
        inrcodec.open(grid).module()
    chunks = encoded_audio(chunk=0.2).data
    with pytest.raises(UsageError, match=r"^it has 3 chunks, each with a network of its own$"):
        inrcodec.open(chunks).module()
    silent = inrcodec.encode(0 * SINE, rate=8000, model="siren", **SMALL).data  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"^it is silent, and has no network$"):
        inrcodec.open(silent).module()


def test_weights_that_are_not_kept_are_refused() -> None:
    with pytest.raises(UsageError, match="keep_float"):
        encoded("siren").module()
    with pytest.raises(UsageError, match=r"^keep_float keeps .* one network; there are 3 chunks$"):
        encoded_audio(chunk=0.2, keep_float=True)


def test_what_cannot_be_saved_is_refused(tmp_path: Path) -> None:
    module = module_of(encoded("siren").data)
    path = tmp_path / "own.inr"
    inrcodec.save(module, path)
    with pytest.raises(OutputExistsError):
        inrcodec.save(module, path)
    with pytest.raises(UsageError, match="Linear is no coordinate network"):
        inrcodec.save(torch.nn.Linear(2, 3), path, force=True)
    for value in (1e5, float("nan")):
        with torch.no_grad():
            module.get_parameter("weight1")[0, 0, 0] = value
        with pytest.raises(UsageError, match="weight1"):
            inrcodec.save(module, path, force=True)
