"""Reading the pinned service models, corrected by our patches, and the facts they do not state.

The models are read from the installed botocore, a development dependency; they are never copied
into the project, and nothing of their documentation is kept.
"""

import gzip
import json
import re
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, TypeAlias

# A service model is JSON of the vendor's making; its types are checked where they are used.
Json: TypeAlias = dict[str, Any]

ROOT: Final = Path(__file__).resolve().parent.parent
MODELS: Final = ROOT / "models"

_PLURAL_ABBREVIATION: Final = re.compile("[A-Z]{2,}s$")
_FIRST_CAPITAL: Final = re.compile("(.)([A-Z][a-z]+)")
_LAST_CAPITAL: Final = re.compile("([a-z0-9])([A-Z])")


def read_json(name: str) -> Any:  # noqa: ANN401  the files differ in form; each reader knows its own
    """Return a JSON file of the models folder."""
    return json.loads((MODELS / name).read_text("utf-8"))


def installed_version() -> str:
    """Return the version of the installed botocore."""
    return version("botocore")


def snake_case(name: str) -> str:
    """Return the attribute name of a wire name, by the rule of the AWS SDK for Python.

    CallbackURLs → callback_urls, CSVHeader → csv_header, UserMFASettingList →
    user_mfa_setting_list.
    """
    plural = _PLURAL_ABBREVIATION.search(name)
    if plural is not None:
        name = f"{name[: plural.start()]}_{plural.group().lower()}"
    name = _FIRST_CAPITAL.sub(r"\1_\2", name)
    return _LAST_CAPITAL.sub(r"\1_\2", name).lower()


def service_model(service: str) -> Json:
    """Return a service's newest model of the installed botocore, unpatched."""
    spec = find_spec("botocore")
    if spec is None or spec.origin is None:
        raise SystemExit("botocore is not installed; it is a development dependency")
    folder = Path(spec.origin).parent / "data" / service
    newest = max(path for path in folder.iterdir() if path.is_dir())
    compressed = newest / "service-2.json.gz"
    text = (
        gzip.decompress(compressed.read_bytes())
        if compressed.exists()
        else (newest / "service-2.json").read_bytes()
    )
    model: Json = json.loads(text)
    return model


def patched_model(service: str) -> Json:
    """Return a service's model with our corrections; refuse one that is no longer needed."""
    model = service_model(service)
    for patch in read_json("patches.json"):
        if patch["service"] != service:
            continue
        shape = model["shapes"][patch["shape"]]
        for value in patch.get("append_enum", ()):
            if value in shape["enum"]:
                raise SystemExit(f"{patch['shape']} has {value} now: drop the patch")
            shape["enum"].append(value)
        if "pattern" in patch:
            if shape.get("pattern") == patch["pattern"]:
                raise SystemExit(f"{patch['shape']} has the pattern now: drop the patch")
            shape["pattern"] = patch["pattern"]
        for member in patch.get("optional", ()):
            if member not in shape["required"]:
                raise SystemExit(f"{patch['shape']}.{member} is optional now: drop the patch")
            shape["required"].remove(member)
        for member, own_shape in patch.get("member_shapes", {}).items():
            name = f"{patch['shape']}{member}"
            model["shapes"][name] = own_shape
            shape["members"][member]["shape"] = name
    return model


def chosen_operations(service: str, model: Json) -> list[str]:
    """Return the names of the operations that we generate, sorted."""
    chosen = read_json("pin.json")["services"][service]["operations"]
    return sorted(model["operations"] if chosen == "all" else chosen)


def reachable_shapes(model: Json, operations: list[str]) -> list[str]:
    """Return every shape that the operations' inputs and outputs use, sorted."""
    shapes = model["shapes"]
    seen: set[str] = set()
    pending = [
        operation[side]["shape"]
        for operation in (model["operations"][name] for name in operations)
        for side in ("input", "output")
        if side in operation
    ]
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        shape = shapes[name]
        pending += [member["shape"] for member in shape.get("members", {}).values()]
        pending += [shape[part]["shape"] for part in ("member", "key", "value") if part in shape]
    return sorted(seen)


def is_document(shape: Json) -> bool:
    """Tell whether a shape takes any JSON value."""
    return bool(shape.get("document"))


def sensitive_paths(model: Json, name: str, outer: tuple[str, ...] = ()) -> list[str]:
    """Return the dotted paths below a structure whose values must not be shown."""
    shapes = model["shapes"]
    if name in outer:
        return []
    found: list[str] = []
    for member, reference in shapes[name].get("members", {}).items():
        target = reference["shape"]
        while not shapes[target].get("sensitive") and shapes[target]["type"] in {"list", "map"}:
            part = "member" if shapes[target]["type"] == "list" else "value"
            target = shapes[target][part]["shape"]
        if shapes[target].get("sensitive"):
            found.append(member)
        elif shapes[target]["type"] == "structure":
            found += [f"{member}.{path}" for path in sensitive_paths(model, target, (*outer, name))]
    return found
