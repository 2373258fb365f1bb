"""Rego v1, as Gatekeeper's ConstraintTemplates hold it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from podsec_compile import ir
from podsec_compile.binding import fields
from podsec_compile.evaluate import object_places
from podsec_compile.languages import Siblings, image_parts, several, siblings
from podsec_compile.normalize import FALSE
from podsec_compile.reserved import REGO

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from podsec_compile.normalize import Clause, Violation

_TYPE_TESTS = {
    "string": "is_string", "number": "is_number", "boolean": "is_boolean", "list": "is_array", "map": "is_object",
}  # fmt: skip
_TEXT_TESTS = {"prefix": "startswith", "suffix": "endswith", "part": "contains", "under": "under"}
_NAMES_OF_THE_MODULE = frozenset((
    "at", "elements", "entries", "exempt", "field", "image_digest", "image_repository", "image_tag", "is_image",
    "named", "params", "place", "places", "reads", "template_path", "unchanged", "under", "waived",
    "with_host",
))  # fmt: skip

_LONGEST_LINE = 80

Scope = dict[ir.Variable, str]


def quote(value: ir.Scalar | tuple[ir.Scalar, ...]) -> str:
    """Give a literal; the escapes are JSON's, and everything that does not print is escaped."""
    if isinstance(value, tuple):
        return f"[{', '.join(quote(one) for one in value)}]"
    if not isinstance(value, str):
        return json.dumps(value)
    return "".join(
        char if char.isprintable() and ord(char) < 0x10000 else json.dumps(char)[1:-1]
        for char in json.dumps(value, ensure_ascii=False)
    )


def reference(root: str, path: Iterable[str]) -> str:
    """Give a path below a variable, with brackets around what is no plain name."""
    plain = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
    return root + "".join(
        f".{name}" if plain.fullmatch(name) and name not in REGO else f"[{quote(name)}]" for name in path
    )


@dataclass(slots=True)
class Rego:
    """What a rule's module is made of: one text a definition, ready to be placed."""

    places: list[str] = field(default_factory=list)
    exempt: list[str] = field(default_factory=list)
    waived: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    places_named: bool = False
    uses_at: bool = False
    uses_entries: bool = False
    uses_elements: bool = False
    uses_under: bool = False


def render(violation: Violation, root: ir.Variable, waived: Sequence[ir.Waived] = ()) -> Rego:
    """Give the definitions of a rule's module; `pod`, `elements` and the rest of the frame are the template's."""
    writer = _Writer(root)
    writer.rego.waived = [writer.waiver(one) for one in waived]
    return writer.module(violation)


class _Writer:
    def __init__(self, root: ir.Variable) -> None:
        self.root = root
        self.loops = 0
        self.functions = 0
        self.declared: set[str] = set()
        self.joined: dict[ir.Variable, str] = {}  # elements of several lists, and what they are called together
        self.rego = Rego()

    def module(self, violation: Violation) -> Rego:
        scope = {self.root: self.root.name}
        self.rego.exempt = [_define("exempt", lines) for lines in self.alternatives(violation.exempt, scope)]
        for clause in violation.clauses:
            self.rego.places += self.clause(clause, scope)
        if not self.rego.places:
            self.rego.places = ["places := set()"]
        return self.rego

    def waiver(self, waived: ir.Waived) -> str:
        """Give the definition of `waived` for a waiver, which is over by the engine's clock."""
        self.declared = set()
        scope = {self.root: self.root.name, ir.CARRIER: "input.review.object"}
        clock = f"time.now_ns() < time.parse_rfc3339_ns({quote(waived.until)})"
        lines = [clock, *self.body(waived.carrier, scope), *self.body(waived.judged, scope)]
        return f"# {waived.note}\n{_define('waived', lines)}"

    def clause(self, clause: Clause, scope: Scope) -> list[str]:
        """Give a definition of `places` for each way in which the clause can hold."""
        found: list[str] = []
        self.declared = set()
        if clause.element is None:
            names = object_places(clause.condition, self.root)
            for lines in self.alternatives(clause.condition, scope):
                if len(names) == 1:
                    found.append(_define(f"places contains {quote(names[0])}", lines))
                else:
                    found.append(_define("places contains named", [*lines, f"some named in {quote(names)}"]))
            return found
        outers = self.alternatives(clause.condition, scope)
        inner = {**scope, clause.element: self.fresh(clause.element, scope)}
        each = [f"some {inner[clause.element]} in {self.lists(clause.element, scope)}"]
        place, body = self.place(clause.element, inner), clause.body
        if clause.part is not None and isinstance(body, ir.Some):
            name = self.fresh(clause.part, inner)
            each.append(f"some {name} in {self.lists(clause.part, inner)}")
            inner, body = {**inner, clause.part: name}, body.body
            place = f'concat(" ", [{place}, {self.place(clause.part, inner)}])'
        bodies = self.alternatives(body, inner)
        for outer in outers:
            found += [_define(f"places contains {place}", [*outer, *each, *lines]) for lines in bodies]
        return found

    def place(self, variable: ir.Variable, scope: Scope) -> str:
        if variable.named_by is None:
            return quote(".".join(variable.lists[0].path))
        self.rego.places_named = True
        return f"place({quote(variable.name)}, {scope[variable]}, {quote(variable.named_by)})"

    def alternatives(self, node: ir.Expression, scope: Scope) -> list[list[str]]:
        """Give the bodies of which one must hold."""
        if node == FALSE:
            return []
        parts = siblings(node.parts, none=False) if isinstance(node, ir.Or) else [node]
        before, after, bodies = set(self.declared), set(self.declared), []
        for part in parts:
            self.declared = set(before)
            bodies.append(self.body(part, scope))
            after |= self.declared
        self.declared = after
        return bodies

    def siblings(self, parent: str, names: tuple[str, ...], kind: ir.JsonType, *, none: bool) -> list[str]:
        """Give the lines that ask for some, or none, of several fields of one object."""
        listed = _collection([quote(name) for name in names], "[", "]")
        field = self.loop("field")
        self.rego.uses_at |= none
        test = self.present(f"at({parent}, [{field}])" if none else f"{parent}[{field}]", kind)
        return [f"every {field} in {listed} {{\n\tnot {test}\n}}"] if none else [f"some {field} in {listed}", test]

    def present(self, value: str, kind: ir.JsonType) -> str:
        return f"{_TYPE_TESTS[kind]}({value})" if kind != "any" else f"{value} != null"

    def body(self, node: ir.Expression | Siblings, scope: Scope) -> list[str]:
        """Give the lines that must all hold."""
        match node:
            case ir.Constant(value):
                return [] if value else ["false"]
            case ir.And(parts):
                return [line for part in siblings(parts, none=True) for line in self.body(part, scope)]
            case ir.Or(parts):
                joined = siblings(parts, none=False)
                return self.body(joined[0], scope) if len(joined) == 1 else [self.part(node, scope)]
            case Siblings(of, parent, names, kind, none):
                return self.siblings(reference(scope[of], parent), names, kind, none=none)
            case ir.Text(_, _, to) if several(to):
                return self.texts(node, scope, negated=False)
            case ir.Not(ir.Text(_, _, to) as atom) if several(to):
                return self.texts(atom, scope, negated=True)
            case ir.Not(ir.Equal() as atom) if not isinstance(atom.field, ir.ImagePart):
                return [f"not {line}" for line in self.atom(atom, reference(scope[atom.field.of], atom.field.path))]
            case ir.Not(atom) if isinstance(atom, ir.Atom):
                return [f"not {line}" for line in self.atom(atom, self.at(atom.field, scope))]
            case ir.Not():
                raise AssertionError("only atoms are negated in negative normal form")
            case ir.Some(variable, ir.Equal(ir.Field(of, ()), to)) if of == variable and _leads(to):
                return [f"{self.operand(to)} in {self.lists(variable, scope)}"]
            case ir.Every(variable, ir.Not(ir.Equal(ir.Field(of, ()), to))) if of == variable and _leads(to):
                return [f"not {self.operand(to)} in {self.lists(variable, scope)}"]
            case ir.Some(variable, ir.Constant(value=True)) | ir.Every(variable, ir.Constant(value=False)):
                return [f"count({self.lists(variable, scope)}) {'>' if isinstance(node, ir.Some) else '=='} 0"]
            case ir.Some(variable, body):
                inner = {**scope, variable: self.fresh(variable, scope)}
                each = f"some {inner[variable]} in {self.lists(variable, scope)}"
                return [each, *self.body(body, inner)]
            case ir.Every(variable, body):
                inner = {**scope, variable: self.fresh(variable, scope)}
                lines = "\n".join(f"\t{line}" for line in "\n".join(self.body(body, inner)).split("\n"))
                return [f"every {inner[variable]} in {self.lists(variable, scope)} {{\n{lines}\n}}"]
            case ir.Since():
                raise AssertionError("versions are settled before a language sees them")
            case _:
                return self.atom(node, self.value(node.field, scope))

    def at(self, field: ir.Field, scope: Scope) -> str:
        """Give a field's value as a call that is always defined.

        OPA takes the arguments of a call out of a negation, so `not x.y in z` is undefined where `x.y` is; only
        `not x.y == z` is not.
        """
        self.rego.uses_at |= bool(field.path)
        value = f"at({scope[field.of]}, {quote(field.path)})" if field.path else scope[field.of]
        return self.part_of(value, field)

    def value(self, field: ir.Field, scope: Scope) -> str:
        """Give a field's value, undefined where there is none."""
        return self.part_of(reference(scope[field.of], field.path), field)

    def part_of(self, value: str, field: ir.Field) -> str:
        if not isinstance(field, ir.ImagePart):
            return value
        for definition in image_parts.rego(field.part, quote):
            if definition not in self.rego.parts:
                self.rego.parts.append(definition)
        return f"image_{field.part}({value})"

    def atom(self, node: ir.Atom, value: str) -> list[str]:
        """Give the lines of an atom; all but a comparison are one line, which `not` can stand before."""
        match node:
            case ir.Present(of):
                return [self.present(value, of.type)]
            case ir.Equal(_, to):
                return [f"{value} == {self.operand(to)}"]
            case ir.OneOf(_, among):
                return [f"{value} in {self.operand(among)}"]
            case ir.Compare(_, operator, to):
                return [f"is_number({value})", f"{value} {operator} {self.operand(to)}"]
            case ir.Text(_, test, to):
                return [self.text(test, value, self.operand(to))]

    def text(self, test: str, value: str, to: str) -> str:
        self.rego.uses_under |= test == "under"
        return f"regex.match({to}, {value})" if test == "match" else f"{_TEXT_TESTS[test]}({value}, {to})"

    def texts(self, atom: ir.Text, scope: Scope, *, negated: bool) -> list[str]:
        """Give the lines that hold a string against each of several texts."""
        listed = self.several(atom.to)
        name = self.loop("pattern" if atom.test == "match" else "text")
        if negated:
            return [f"every {name} in {listed} {{\n\tnot {self.text(atom.test, self.at(atom.field, scope), name)}\n}}"]
        value = self.value(atom.field, scope)
        return [f"some {name} in {listed}", self.text(atom.test, value, name)]

    def several(self, operand: ir.Value | ir.Values | ir.Parameter) -> str:
        """Give a list to run over, in the order in which the rule has it."""
        if isinstance(operand, ir.Values):
            return _collection([quote(value) for value in operand.values], "[", "]")
        return self.operand(operand)

    def loop(self, name: str) -> str:
        """Give a name to what runs over a list that the rule states; it is no object's."""
        self.loops += 1
        return name if self.loops == 1 else f"{name}_{self.loops}"

    def operand(self, operand: ir.Value | ir.Values | ir.Parameter) -> str:
        match operand:
            case ir.Value(value):
                return quote(value)
            case ir.Values(values):
                return _collection([quote(value) for value in values], "{", "}")
            case ir.Parameter(name):
                return reference("params", (name,))

    def lists(self, variable: ir.Variable, scope: Scope) -> str:
        """Give the expression of what a variable runs over."""
        if len(variable.lists) == 1:
            (one,) = variable.lists
            function = "entries" if one.type == "map" else "elements"
            self.rego.uses_entries |= one.type == "map"
            self.rego.uses_elements |= one.type != "map"
            return f"{function}({scope[one.of]}, {quote(one.path)})"
        return self.joined_lists(variable, scope)

    def joined_lists(self, variable: ir.Variable, scope: Scope) -> str:
        """Give the name of the elements of several lists of the object's own, or a call for those of an element.

        They are not asked of `elements`: OPA would look its results up by the whole object, which costs more than
        to read the list.
        """
        (parent,) = {one.of for one in variable.lists}
        call = "" if parent == self.root else f"({scope[parent]})"
        if variable in self.joined:
            return self.joined[variable] + call
        first = f"{variable.name}s" if call else variable.lists[0].path[-1]
        names = (first, *(f"{first}_{number}" for number in range(2, 999)))
        plural = next(one for one in names if one not in self.joined.values())
        self.joined[variable] = plural
        paths = ",\n".join(f"\t\t{quote(one.path)}" for one in variable.lists)
        self.rego.parts.append(
            f"{plural}{call} := [{variable.name} |\n\tsome path in [\n{paths},\n\t]\n"
            f"\tlist := object.get({scope[parent]}, path, null)\n\tis_array(list)\n"
            f"\tsome {variable.name} in list\n\t{variable.name} != null\n]"
        )
        return plural + call

    def part(self, node: ir.Or, scope: Scope) -> str:
        """Give a call of a function that has a definition for each alternative."""
        used = [name for variable, name in scope.items() if variable.lists and _mentions(node, variable)]
        self.functions += 1
        call = f"alternative_{self.functions}({', '.join(used)})"
        if not used:
            call = call.removesuffix("()")
        self.rego.parts.append("")
        slot = len(self.rego.parts) - 1
        outer, self.declared = self.declared, set()
        self.rego.parts[slot] = "\n\n".join(_define(call, lines) for lines in self.alternatives(node, scope))
        self.declared = outer
        return call

    def fresh(self, variable: ir.Variable, scope: Scope) -> str:
        """Give a name to an element that no other thing in scope, or in the definition, has."""
        taken = {*scope.values(), *self.declared, *self.joined.values(), *REGO, *_NAMES_OF_THE_MODULE}
        plain = re.sub(r"[^A-Za-z0-9_]", "_", variable.name)
        name = next(one for one in (plain, *(f"{plain}_{number}" for number in range(2, 999))) if one not in taken)
        self.declared.add(name)
        return name


def _leads(operand: ir.Value | ir.Parameter) -> bool:
    """Tell whether an operand can begin a line; a minus would be read as a subtraction from the line before."""
    return not (isinstance(operand, ir.Value) and quote(operand.value).startswith("-"))


def _collection(texts: list[str], start: str, end: str) -> str:
    """Give a set or an array, on lines of its own where it is long."""
    line = f"{start}{', '.join(texts)}{end}"
    if len(line) <= _LONGEST_LINE:
        return line if texts or start == "[" else "set()"
    return f"{start}\n" + "".join(f"\t{text},\n" for text in texts) + end


def _mentions(node: ir.Expression, variable: ir.Variable) -> bool:
    return any(field.of == variable for field in fields(node))


def _define(head: str, lines: list[str]) -> str:
    body = "\n".join(lines)
    if not lines:
        return f"{head} if true"
    if len(lines) == 1 and "\n" not in body:
        return f"{head} if {body}"
    indented = "\n".join(f"\t{line}" for line in body.split("\n"))
    return f"{head} if {{\n{indented}\n}}"
