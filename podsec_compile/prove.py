"""Whether any object at all fulfils an expression, asked of the SMT solver Z3 (the extra `prove`).

In negative normal form an expression needs no more elements in a list than it has `Some` over that list: each of them
asks for one, and what `Every` says is said of those few. So quantifiers become choices among a few elements, and the
rest is presence, equality, order and strings, which Z3 decides. What it cannot be asked (a pattern that is no regular
set, the parts of an image reference) is left open: "none" is certain all the same, a model is a guess for the caller
to try.
"""

from __future__ import annotations

import functools
import importlib
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from podsec_compile import ir
from podsec_compile.normalize import negative_normal
from podsec_compile.regular import NotRegularError, found_in

_MILLISECONDS = 10_000
_KINDS: tuple[ir.JsonType, ...] = ("string", "number", "boolean", "list", "map")


@functools.cache
def solver() -> Any:
    """Give the module of the solver, None where it is not installed."""
    try:
        return importlib.import_module("z3")
    except ImportError:
        return None


def model(node: ir.Expression, root: ir.Variable) -> dict[str, Any] | Literal["none", "open"]:
    """Give an object that fulfils a closed expression, versions and parameters settled; "none" if there can be none.

    "open" where the solver is not installed, gives up, or the object is more than it can write down.
    """
    z3 = solver()
    if z3 is None:
        return "open"
    question = _Question(z3, root)
    asked = negative_normal(node)
    question.count(asked)
    engine = z3.Solver()
    engine.set("timeout", _MILLISECONDS)
    engine.add(question.said(asked, {root: _Element()}))
    engine.add(*question.facts())
    answer = engine.check()
    if answer == z3.unsat:
        return "none"
    return question.written(engine.model()) if answer == z3.sat else "open"


@dataclass(frozen=True, slots=True)
class _Element:
    """An element that a list may have, or (without a variable) the object itself."""

    of: ir.Variable | None = None
    number: int = 0
    parent: _Element | None = None


@dataclass(slots=True)
class _Slot:
    """What stands at a place: of one kind or absent, with a value of each kind that has values."""

    kinds: dict[ir.JsonType, Any]
    string: Any
    number: Any
    boolean: Any


@dataclass(slots=True)
class _Question:
    """The places and elements that an expression is about, and what must be true of them."""

    z3: Any
    root: ir.Variable
    slots: dict[tuple[_Element, tuple[str, ...]], _Slot] = field(default_factory=dict)
    parts: dict[tuple[_Element, tuple[str, ...], str], Any] = field(default_factory=dict)
    elements: dict[_Element, tuple[Any, Any]] = field(default_factory=dict)  # is there; in which of the lists
    counts: dict[ir.Variable, int] = field(default_factory=dict)
    keys: dict[tuple[ir.Variable, tuple[str, ...]], list[ir.Field]] = field(default_factory=dict)

    def count(self, node: ir.Expression) -> None:
        """Count the elements that are needed, and note the fields that may be an entry of a map."""
        match node:
            case ir.Not(part):
                self.count(part)
            case ir.And(parts) | ir.Or(parts):
                for part in parts:
                    self.count(part)
            case ir.Some(variable, body) | ir.Every(variable, body):
                self.counts[variable] = self.counts.get(variable, 0) + isinstance(node, ir.Some)
                self.count(body)
            case ir.Constant() | ir.Since():
                return
            case _:
                of = node.field
                for length in range(1, len(of.path)):
                    self.keys.setdefault((of.of, of.path[:length]), []).append(of)

    # --- what is said -----------------------------------------------------------------------------------------

    def said(self, node: ir.Expression, scope: dict[ir.Variable, _Element]) -> Any:
        """Give what an expression says, for the solver."""
        z3 = self.z3
        match node:
            case ir.Constant(value):
                return z3.BoolVal(value)
            case ir.Not(part):
                return z3.Not(self.said(part, scope))
            case ir.And(parts):
                return z3.And(*(self.said(part, scope) for part in parts))
            case ir.Or(parts):
                return z3.Or(*(self.said(part, scope) for part in parts))
            case ir.Some(variable, body):
                return z3.Or(*(z3.And(here, self.said(body, inner)) for here, inner in self.each(variable, scope)))
            case ir.Every(variable, body):
                return z3.And(*(z3.Implies(here, self.said(body, inner)) for here, inner in self.each(variable, scope)))
            case ir.Since():
                raise AssertionError("versions are settled before a rule is proved anything of")
            case _:
                return self.atom(node, scope[node.field.of])

    def each(self, variable: ir.Variable, scope: dict[ir.Variable, _Element]) -> list[tuple[Any, Any]]:
        """Give the elements that a variable may run over: whether it is there, and the scope of its body."""
        parent = scope[variable.lists[0].of]
        found = []
        for number in range(self.counts[variable] + len(self.known_keys(variable))):
            element = _Element(variable, number, parent)
            if element not in self.elements:
                name = f"e{len(self.elements)}"
                self.elements[element] = (self.z3.Bool(name), self.z3.Int(f"{name}.list"))
            found.append((self.elements[element][0], {**scope, variable: element}))
        return found

    def known_keys(self, variable: ir.Variable) -> list[str]:
        """Give the keys of a map by which fields are named that the expression reads as well."""
        (one, *_) = variable.lists
        if one.type != "map":
            return []
        fields = self.keys.get((one.of, one.path), [])
        return list(dict.fromkeys(of.path[len(one.path)] for of in fields))

    def slot(self, element: _Element, path: tuple[str, ...]) -> _Slot:
        key = (element, path)
        if key not in self.slots:
            z3, name = self.z3, f"s{len(self.slots)}"
            kinds = {kind: z3.Bool(f"{name}.{kind}") for kind in _KINDS}
            self.slots[key] = _Slot(kinds, z3.String(f"{name}.text"), z3.Real(f"{name}.value"), z3.Bool(f"{name}.flag"))
        return self.slots[key]

    def atom(self, atom: ir.Atom, element: _Element) -> Any:
        of, z3 = atom.field, self.z3
        if isinstance(of, ir.ImagePart):
            return self.of_image(atom, of, element)
        slot = self.slot(element, of.path)
        match atom:
            case ir.Present():
                return z3.Or(*slot.kinds.values()) if of.type == "any" else slot.kinds[of.type]
            case ir.Equal(_, ir.Value(value)):
                return self.equal(slot, value)
            case ir.OneOf(_, ir.Values(values)):
                return z3.Or(*(self.equal(slot, value) for value in values))
            case ir.Compare(_, operator, ir.Value(value)):
                compared = {"<": slot.number < value, "<=": slot.number <= value, ">": slot.number > value}
                return z3.And(slot.kinds["number"], compared.get(operator, slot.number >= value))
            case ir.Text(_, test, to):
                return z3.And(slot.kinds["string"], self.text(slot.string, test, _literals(to)))
            case _:
                raise AssertionError("parameters are settled before a rule is proved anything of")

    def equal(self, slot: _Slot, value: ir.Scalar) -> Any:
        z3 = self.z3
        if isinstance(value, bool):
            return z3.And(slot.kinds["boolean"], slot.boolean == value)
        if isinstance(value, int):
            return z3.And(slot.kinds["number"], slot.number == value)
        return z3.And(slot.kinds["string"], slot.string == self.literal(value))

    def literal(self, text: str) -> Any:
        return self.z3.StringVal("".join(f"\\u{{{ord(one):x}}}" for one in text))

    def text(self, string: Any, test: str, texts: list[str]) -> Any:
        return self.z3.Or(*(self.one_text(string, test, one) for one in texts))

    def one_text(self, string: Any, test: str, text: str) -> Any:
        z3 = self.z3
        match test:
            case "prefix":
                return z3.PrefixOf(self.literal(text), string)
            case "suffix":
                return z3.SuffixOf(self.literal(text), string)
            case "part":
                return z3.Contains(string, self.literal(text))
            case "under":
                return z3.Or(string == self.literal(text), z3.PrefixOf(self.literal(f"{text}/"), string))
            case _:
                try:
                    return z3.InRe(string, found_in(text, z3))
                except NotRegularError:
                    return z3.Bool(f"{string} matches {text}")

    def of_image(self, atom: ir.Atom, of: ir.ImagePart, element: _Element) -> Any:
        """Say it of a part of an image reference, which is taken for a text of its own."""
        z3, slot = self.z3, self.slot(element, of.path)
        key = (element, of.path, of.part)
        if key not in self.parts:
            name = f"p{len(self.parts)}"
            kinds = {kind: z3.Bool(f"{name}.{kind}") for kind in _KINDS}
            self.parts[key] = _Slot(kinds, z3.String(f"{name}.text"), z3.Real(f"{name}.value"), z3.Bool(f"{name}.flag"))
        part = self.parts[key]
        there = z3.And(slot.kinds["string"], part.kinds["string"])
        match atom:
            case ir.Present():
                return there
            case ir.Equal(_, ir.Value(value)):
                return z3.And(there, self.equal(part, value))
            case ir.OneOf(_, ir.Values(values)):
                return z3.And(there, z3.Or(*(self.equal(part, value) for value in values)))
            case ir.Text(_, test, to):
                return z3.And(there, self.text(part.string, test, _literals(to)))
            case _:
                raise AssertionError("a part of an image is a text")

    # --- what is true of any object ---------------------------------------------------------------------------

    def facts(self) -> list[Any]:
        """Give what holds of any object: one kind at a place, and maps and lists above what they hold."""
        z3 = self.z3
        found = [fact for element in list(self.elements) for fact in self.of_element(element)]
        found += [fact for variable in self.counts for fact in self.of_entries(variable)]
        for slot in [*self.slots.values(), *self.parts.values()]:
            found.append(z3.AtMost(*slot.kinds.values(), 1))
        for (element, path), slot in self.slots.items():
            for length in range(len(path)):
                if above := self.slots.get((element, path[:length])):
                    found.append(z3.Implies(z3.Or(*slot.kinds.values()), above.kinds["map"]))
        return found

    def of_element(self, element: _Element) -> list[Any]:
        """Give what holds of an element that is there: its list is there, its parent is, and it is not null."""
        z3, (here, number) = self.z3, self.elements[element]
        variable, parent = element.of, element.parent or _Element()
        assert variable is not None  # noqa: S101  # the object is no element
        found = [number >= 0, number < len(variable.lists)]
        if parent.of is not None:
            found.append(z3.Implies(here, self.elements[parent][0]))
        for index, listed in enumerate(variable.lists):
            slot = self.slot(parent, listed.path)
            found.append(z3.Implies(z3.And(here, number == index), slot.kinds[listed.type]))
        if (element, ()) in self.slots:
            found.append(z3.Implies(here, z3.Or(*self.slot(element, ()).kinds.values())))
        return found

    def of_entries(self, variable: ir.Variable) -> list[Any]:
        """Give what holds of the entries of a map: keys are texts, no two alike, and fields by key are entries."""
        if variable.lists[0].type != "map":
            return []
        z3, found, listed = self.z3, [], variable.lists[0]
        parents: dict[_Element, list[_Element]] = {}
        for element in self.elements:
            if element.of == variable:
                parents.setdefault(element.parent or _Element(), []).append(element)
        for parent, entries in parents.items():
            keys = [self.slot(one, ("key",)) for one in entries]
            found += [key.kinds["string"] for key in keys]
            for index, key in enumerate(keys):
                both = (
                    z3.And(self.elements[entries[index]][0], self.elements[entries[later]][0]) for later in range(index)
                )
                found += [z3.Implies(one, key.string != keys[later].string) for later, one in enumerate(both)]
            found += [
                z3.Implies(self.elements[one][0], z3.Or(*self.slot(one, ("value",)).kinds.values())) for one in entries
            ]
            for name, entry in zip(self.known_keys(variable), reversed(entries), strict=False):
                field, value = self.slot(parent, (*listed.path, name)), self.slot(entry, ("value",))
                found.append(self.elements[entry][0] == z3.Or(*field.kinds.values()))
                found.append(self.slot(entry, ("key",)).string == self.literal(name))
                found += [
                    z3.Implies(self.elements[one][0], self.slot(one, ("key",)).string != self.literal(name))
                    for one in entries
                    if one != entry
                ]
                found += [field.kinds[kind] == value.kinds[kind] for kind in _KINDS]
                found += [field.string == value.string, field.number == value.number, field.boolean == value.boolean]
        return found

    # --- the object of a model --------------------------------------------------------------------------------

    def written(self, given: Any) -> dict[str, Any] | Literal["open"]:
        """Give the object that a model of the solver stands for."""
        whole = self.value(_Element(), given)
        return whole if isinstance(whole, dict) else "open"

    def value(self, element: _Element, given: Any) -> Any:
        found: Any = {}
        for path, slot in sorted(
            ((path, slot) for (of, path), slot in self.slots.items() if of == element), key=lambda one: len(one[0])
        ):
            value = self.read(element, path, slot, given)
            if value is None:
                continue
            if not path:
                found = value
            else:
                _put(found, path, value)
        for inner, (here, number) in self.elements.items():
            if inner.parent == element and inner.of is not None and self.is_true(here, given):
                listed = inner.of.lists[given.eval(number, model_completion=True).as_long()]
                self.add(found, listed, self.value(inner, given))
        return found

    def add(self, whole: Any, listed: ir.Field, value: Any) -> None:
        if listed.type == "list":
            place = _put(whole, listed.path, [])
            if isinstance(place, list):
                place.append(value)
        elif isinstance(place := _put(whole, listed.path, {}), dict) and isinstance(value.get("key"), str):
            place[value["key"]] = value.get("value")

    def read(self, element: _Element, path: tuple[str, ...], slot: _Slot, given: Any) -> Any:
        kind = next((kind for kind in _KINDS if self.is_true(slot.kinds[kind], given)), None)
        match kind:
            case "string":
                parts = {part: one for (of, at, part), one in self.parts.items() if (of, at) == (element, path)}
                return self.image(parts, given) if parts else _text(given.eval(slot.string, model_completion=True))
            case "number":
                number = given.eval(slot.number, model_completion=True).as_fraction()
                return int(number) if number.denominator == 1 else float(number)
            case "boolean":
                return self.is_true(slot.boolean, given)
            case "list":
                return []
            case "map":
                return {}
            case _:
                return None

    def image(self, parts: dict[str, _Slot], given: Any) -> str:
        """Guess a reference that has these parts."""
        known = {
            name: _text(given.eval(one.string, model_completion=True))
            for name, one in parts.items()
            if self.is_true(one.kinds["string"], given)
        }
        tag, digest = known.get("tag"), known.get("digest")
        return f"{known.get('repository', 'x')}{f':{tag}' if tag else ''}{f'@{digest}' if digest else ''}"

    def is_true(self, asked: Any, given: Any) -> bool:
        return bool(self.z3.is_true(given.eval(asked, model_completion=True)))


def _literals(operand: ir.Value | ir.Values | ir.Parameter) -> list[str]:
    match operand:
        case ir.Value(value):
            return [str(value)]
        case ir.Values(values):
            return list(map(str, values))
        case _:
            raise AssertionError("parameters are settled before a rule is proved anything of")


def _text(value: Any) -> str:
    return re.sub(r"\\u\{([0-9a-fA-F]+)\}", lambda found: chr(int(found[1], 16)), str(value.as_string()))


def _put(whole: Any, path: tuple[str, ...], value: Any) -> Any:
    """Set a value at a path where nothing stands yet, and give what stands there."""
    place = whole
    for name in path[:-1]:
        place = place.setdefault(name, {}) if isinstance(place, dict) else None
    if not isinstance(place, dict):
        return None
    return place.setdefault(path[-1], value)
