"""Python: all rules about one kind of object in one function, which reads each field once.

The function takes an object and gives what offends: (number of the rule, place) → path of the field that offends. It is
`evaluate.places` of all of them at once, for JSON as a parser gives it (dict, list, str, int, float, bool, None). What
needs a map or a list is asked only where there is one, so that what is fine costs little.

Beside Python's own, the text calls `image_parts(value)` (repository, tag and digest, each None where there is none),
`matching(patterns)` (what tells whether one of them is found in a text), and `NUMBERS`, which is (int, float).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from podsec_compile import ir
from podsec_compile.binding import fields
from podsec_compile.evaluate import UNNAMED, object_places
from podsec_compile.languages.python_atoms import FIXED, Scope, atom, has_type, key, quote, unique
from podsec_compile.languages.python_reads import Reads, needed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from podsec_compile.evaluate import Parameters
    from podsec_compile.normalize import Clause, Violation

_FUNCTIONS = ("some_", "every_", "matches_")  # how the names of functions begin, and of no local
_TRUE, _FALSE = ir.Constant(value=True), ir.Constant(value=False)


@dataclass(frozen=True, slots=True)
class Lowered:
    """A rule to be lowered: its id, its violation, and the values of its parameters."""

    id: str
    violation: Violation
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class _Test:
    """A question: where `body` is true of an element and `around` of the object, the rule of this number is broken.

    `place` is the expression of what offends in a message; "" where the fields of the object are named.
    """

    rule: int
    body: ir.Expression
    around: tuple[ir.Expression, ...]
    place: str


@dataclass(slots=True)
class _Section:
    """A variable, what is asked of each of its elements, and the lists of these that are run over in turn."""

    variable: ir.Variable
    tests: list[_Test] = field(default_factory=list)
    below: dict[ir.Variable, _Section] = field(default_factory=dict)

    def section(self, variable: ir.Variable) -> _Section:
        return self.below.setdefault(variable, _Section(variable))

    def around(self) -> list[ir.Expression]:
        """Give what is asked of the object, here and below."""
        own = [expression for test in self.tests for expression in test.around]
        return own + [expression for inner in self.below.values() for expression in inner.around()]


def render(root: ir.Variable, rules: Sequence[Lowered]) -> str:
    """Give the text of a module with the function, which is called as the root is."""
    writer = _Writer(root, rules)
    whole = writer.whole()
    patterns = "\n".join(f"{name} = matching({quote(texts)})" for texts, name in writer.patterns.items())
    return "\n\n\n".join(part for part in (patterns, *writer.helpers, whole) if part) + "\n"


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _tuple(texts: Iterable[str]) -> str:
    listed = [*texts]
    return f"({', '.join(listed)}{',' if len(listed) == 1 else ''})"


class _Writer:
    def __init__(self, root: ir.Variable, rules: Sequence[Lowered]) -> None:
        self.root = root
        self.rules = rules
        self.taken: set[str] = {*FIXED, root.name}
        self.patterns: dict[tuple[ir.Scalar, ...], str] = {}
        self.functions: set[str] = set()
        self.helpers: list[str] = []
        self.known: dict[object, str] = {}
        self.names: dict[ir.Variable, str] = {}

    def whole(self) -> str:
        section = _Section(self.root)
        for number, rule in enumerate(self.rules):
            for clause in rule.violation.clauses:
                self.add(section, number, clause)
        body = ["found = {}", *self.section(section, self.root.name, {}, []), "return found"]
        return "\n".join([f"def {self.root.name}({self.root.name}):", *_indented(body)])

    def unique(self, name: str) -> str:
        return unique(f"_{name}" if name.startswith(_FUNCTIONS) else name, self.taken)

    # --- what is asked where -----------------------------------------------------------------------------------------

    def add(self, section: _Section, number: int, clause: Clause) -> None:
        """Put the questions of a clause into the loops over what they are about."""
        exempt = self.rules[number].violation.exempt
        around = [] if clause.element is None or clause.condition == _TRUE else [clause.condition]
        around += [] if exempt == _FALSE else [ir.Not(exempt)]
        if clause.element is None:
            section.tests.append(_Test(number, clause.condition, (*around,), ""))
            return
        test = _Test(number, clause.body, (*around,), self.name(clause.element))
        inner = section.section(clause.element)
        if clause.part is not None and isinstance(clause.body, ir.Some):
            test = replace(test, body=clause.body.body, place=f"{test.place} + ' ' + {self.name(clause.part)}")
            inner = inner.section(clause.part)
        self.split(inner, test)

    def split(self, section: _Section, test: _Test) -> None:
        """Ask each alternative by itself; one about the elements of a list in the loop over them."""
        for part in test.body.parts if isinstance(test.body, ir.Or) else (test.body,):
            if isinstance(part, ir.Some):
                self.split(section.section(part.variable), replace(test, body=part.body))
            else:
                section.tests.append(replace(test, body=part))

    def name(self, variable: ir.Variable) -> str:
        """Give the local with what an element is called in a message, or the text where elements have no name."""
        if variable.named_by is None:
            return quote(".".join(variable.lists[0].path))
        if variable not in self.names:
            self.names[variable] = self.unique(f"{variable.name}_called")
        return self.names[variable]

    # --- a loop ------------------------------------------------------------------------------------------------------

    def section(
        self, section: _Section, local: str, outer: Scope, at: list[str], entry: str | None = None
    ) -> list[str]:
        """Give the lines that judge one element, in a local; `at` are the expressions of its path."""
        variable = section.variable
        reads = Reads(variable, local, self.unique, entry)
        reads.want_all(test.body for test in section.tests)
        reads.want_all(section.around() if variable == self.root else ())
        reads.want_all(ir.Some(inner, _TRUE) for inner in section.below)
        called = self.names.get(variable)
        if called is not None:
            name = ir.Field(variable, (str(variable.named_by),), "string")
            reads.want(name)
        scope = {**outer, **reads.scope()}
        lines = reads.lines()
        if called is not None:
            value = scope[key(name)]
            told = f"{value} if {has_type(value, 'string')} and {value} else {quote(UNNAMED)}"
            lines.append(f"{called} = {quote(f'{variable.name} ')} + ({told})")
        groups: dict[str, list[str]] = {}
        for test in section.tests:
            guard = reads.guard(needed(test.body, variable))
            groups.setdefault(guard, []).extend(self.test(test, variable, scope, at))
        for inner_section in section.below.values():
            guard = reads.guard(needed(ir.Some(inner_section.variable, _TRUE), variable))
            groups.setdefault(guard, []).extend(self.loop(inner_section, scope, at))
        for guard, inside in groups.items():
            lines += [f"if {guard}:", *_indented(inside)] if guard else inside
        return lines

    def loop(self, section: _Section, scope: Scope, at: list[str]) -> list[str]:
        """Give the loop over the elements of a section."""
        heads, local, path, entry = self.heads(section.variable, scope)
        return _nested(heads, self.section(section, local, scope, [*at, *path], entry))

    def heads(self, variable: ir.Variable, scope: Scope) -> tuple[list[str], str, list[str], str | None]:
        """Give the heads of a loop over a variable's elements, each below the one before it.

        Then the local with an element, the expressions of its path, and the local with its key in a map.
        """
        first, is_map = variable.lists[0], variable.lists[0].type == "map"
        local = self.unique(variable.name)
        number = self.unique(f"{variable.name}_{'key' if is_map else 'number'}")
        heads = []
        if len(variable.lists) == 1:
            listed, path = scope[key(first)], [*map(quote, first.path)]
        else:
            listed, above = self.unique(f"{variable.name}s"), self.unique(f"{variable.name}s_at")
            pairs = ", ".join(f"({scope[key(one)]}, {_tuple(map(quote, one.path))})" for one in variable.lists)
            heads, path = [f"for {listed}, {above} in ({pairs}):"], [f"*{above}"]
        heads.append(f"if {has_type(listed, 'map' if is_map else 'list')}:")
        heads.append(f"for {number}, {local} in {f'{listed}.items()' if is_map else f'enumerate({listed})'}:")
        return [*heads, f"if {local} is not None:"], local, [*path, number], number if is_map else None

    # --- a question --------------------------------------------------------------------------------------------------

    def test(self, test: _Test, variable: ir.Variable, scope: Scope, at: list[str]) -> list[str]:
        """Give the question whether a rule is broken, and what is noted then."""
        rule = self.rules[test.rule]
        asked = [self.said(part, scope, rule.parameters, within=True) for part in (test.body, *test.around)]
        if test.place:
            path = [*at, *self.blamed(test.body, scope, rule.parameters)]
            noted = [f"found.setdefault(({test.rule}, {test.place}), {_tuple(path)})"]
        else:
            paths = {".".join(one.path): one.path for one in fields(test.body) if one.of == variable}
            noted = [
                f"found.setdefault(({test.rule}, {quote(name)}), {_tuple(map(quote, paths.get(name, ())))})"
                for name in object_places(test.body, self.root)
            ]
        return [f"if {' and '.join(asked)}:  # {rule.id}", *_indented(noted)]

    def said(self, node: ir.Expression, scope: Scope, parameters: Parameters, *, within: bool = False) -> str:
        """Give a condition; `within` a conjunction, where that of its own needs no parentheses."""
        match node:
            case ir.Constant(value):
                return str(value)
            case ir.And(parts):
                text = " and ".join(self.said(part, scope, parameters, within=True) for part in parts)
                return text if within else f"({text})"
            case ir.Or(parts):
                return f"({' or '.join(self.said(part, scope, parameters) for part in parts)})"
            case ir.Some(variable, body):
                call = self.quantified(variable, body, scope, parameters, some=True)
                return f"{call} is not None"
            case ir.Every(variable, body):
                return self.quantified(variable, body, scope, parameters, some=False)
            case ir.Not(part) if isinstance(part, ir.Atom):
                return atom(part, scope, parameters, self.matching, negated=True)
            case ir.Not(part):
                return f"not ({self.said(part, scope, parameters, within=True)})"
            case ir.Since():
                raise AssertionError("versions are settled before a language sees them")
            case _:
                return atom(node, scope, parameters, self.matching, negated=False)

    def matching(self, patterns: tuple[ir.Scalar, ...]) -> str:
        """Give the name of what tells whether one of some patterns is found in a text."""
        return self.patterns.setdefault(patterns, f"matches_{len(self.patterns) + 1}")

    def blamed(self, node: ir.Expression, scope: Scope, parameters: Parameters) -> list[str]:
        """Give the path, below the element, of the field by which an expression is true, as expressions."""
        match node:
            case ir.And(parts):
                return self.blamed(parts[-1], scope, parameters)
            case ir.Or((part,)):
                return self.blamed(part, scope, parameters)
            case ir.Or((first, *rest)):
                ways = [_tuple(self.blamed(part, scope, parameters)) for part in (first, ir.Or((*rest,)))]
                is_so = self.said(first, scope, parameters)
                return [f"*({ways[0]} if {is_so} else {ways[1]})"] if ways[0] != ways[1] else [f"*{ways[0]}"]
            case ir.Some(variable, body):
                return [f"*{self.quantified(variable, body, scope, parameters, some=True)}"]
            case ir.Every(variable, _):
                return [*map(quote, _own(variable.lists[0]))]
            case ir.Not(part) if isinstance(part, ir.Atom):
                return self.blamed(part, scope, parameters)
            case ir.Constant() | ir.Since() | ir.Not() | ir.Or():
                return []
            case _:
                return [*map(quote, _own(node.field))]

    # --- quantifiers within a condition ------------------------------------------------------------------------------

    def quantified(
        self, variable: ir.Variable, body: ir.Expression, scope: Scope, parameters: Parameters, *, some: bool
    ) -> str:
        """Give a call of a function: some element's path of what offends, or None; whether every one is so."""
        given = tuple(sorted((name, value) for name, value in parameters.items()))
        about = (some, variable, body, given)
        if about not in self.known:
            self.known[about] = self.helper(variable, body, parameters, some=some)
        return f"{self.known[about]}({', '.join(scope[key(one)] for one in variable.lists)})"

    def helper(self, variable: ir.Variable, body: ir.Expression, parameters: Parameters, *, some: bool) -> str:
        name = unique(f"{'some' if some else 'every'}_{variable.name}", self.functions)
        outer, self.taken = self.taken, {*self.taken}
        arguments = {key(one): self.unique("_".join(one.path[-1:]) or one.of.name) for one in variable.lists}
        heads, local, path, entry = self.heads(variable, arguments)
        reads = Reads(variable, local, self.unique, entry)
        reads.want_all([body])
        scope = reads.scope()
        said = self.said(body, scope, parameters, within=True)
        if some:
            asked = [f"if {said}:", f"    return {_tuple([*path, *self.blamed(body, scope, parameters)])}"]
        else:
            asked = [f"if not ({said}):", "    return False"]
        lines = [*_nested(heads, [*reads.lines(), *asked]), f"return {None if some else True}"]
        head = f"def {name}({', '.join(arguments.values())}):"
        self.taken = outer
        self.helpers.append("\n".join([head, *_indented(lines)]))
        return name


def _own(field: ir.Field) -> tuple[str, ...]:
    """Give the path of a field below its element; that of an entry is its value."""
    is_entry = field.of.lists and field.of.lists[0].type == "map"
    return field.path[1:] if is_entry else field.path


def _nested(heads: Sequence[str], body: list[str]) -> list[str]:
    """Give lines below heads, each below the one before it."""
    for head in reversed(heads):
        body = [head, *_indented(body)]
    return body
