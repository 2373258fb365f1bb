"""CEL, as ValidatingAdmissionPolicies, Kyverno's ValidatingPolicies and Gatekeeper's ConstraintTemplates hold it.

Objects are `dyn`, and absent is null: `.?a.?b.orValue(null)` is total but for a list in the place of a map, which
is an error of the engine and denied. Lists that a rule runs over are variables of the policy.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from podsec_compile import ir
from podsec_compile.evaluate import UNNAMED, object_places
from podsec_compile.languages import Siblings, Unsupported, image_parts, siblings
from podsec_compile.languages.cel_parts import field_of, merged, needs, possible
from podsec_compile.languages.cel_text import (
    LONGEST_LINE,
    call,
    hang,
    indent,
    join,
    quote,
    select,
    value,
    wrapped,
)
from podsec_compile.languages.cel_value import TAKEN, TYPES, VALUE, asked, operand, parameter, typed
from podsec_compile.normalize import FALSE, TRUE, conjunction, disjunction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podsec_compile.kinds import Subject
    from podsec_compile.normalize import Clause, Violation


@dataclass(frozen=True, slots=True)
class _Entry:
    """How a body names the entry of a map: its key, and its value."""

    key: str
    value: str


KYVERNO_CLOCK = "time.now()"
"""How Kyverno asks for the time; the API server and Gatekeeper have no clock in CEL."""

Scope = dict[ir.Variable, str | _Entry]


@dataclass(slots=True)
class Cel:
    """What a rule's policy is made of.

    `changed` is the condition that a request is no UPDATE, or one that changes what the rule reads; `variables` are
    name → expression in order; `kept` is what must be true; `places` is the variable of what offends.
    """

    changed: str
    variables: dict[str, str]
    kept: str = ""
    places: str = "places"


def render(
    violation: Violation,
    subject: Subject,
    parameters: Sequence[ir.Parameter] = (),
    of: str = "",
    waived: Sequence[ir.Waived] = (),
    clock: str = "",
) -> Cel:
    """Give the expressions of a rule's policy.

    `of` is what the values of its parameters are found in, `clock` the engine's function for the time, if it has one.
    """
    cel = Cel(_changed(subject, violation.reads), {})
    writer = _Writer(ir.Variable(subject.name), cel)
    writer.write(violation, subject, _given(parameters, of))
    writer.waive(waived, clock)
    return cel


def join_rule(
    name: str,
    violation: Violation,
    subject: Subject,
    parameters: Sequence[ir.Parameter],
    of: str,
    policy: dict[str, str],
    waived: Sequence[ir.Waived] = (),
) -> Cel:
    """Give the expressions of a rule in a policy of many, whose variables so far are `policy`; it is added to.

    Lists of the object's own are variables that the rules share; its own variables begin with the rule's name, which
    is also the key of its parameters' values in `of`. What is a match condition of a policy for one rule is a variable
    here, looked up only where something offends.
    """
    prefix = re.sub(r"[^A-Za-z0-9_]", "_", name) + "_"
    cel = Cel(_changed(subject, violation.reads), policy)
    writer = _Writer(ir.Variable(subject.name), cel, prefix)
    writer.write(violation, subject, _given(parameters, select(of, (name,))))
    writer.waive(waived, "")
    policy[f"{prefix}changed"] = cel.changed
    cel.kept += f" || !variables.{prefix}changed"
    return cel


def _given(parameters: Sequence[ir.Parameter], of: str) -> dict[str, str]:
    """Give the values of parameters: name of the variable → expression."""
    return {parameter(one.name): f"{select(of, (one.name,))}.orValue({quote(one.default)})" for one in parameters}


def _judged(subject: Subject, of: str) -> str:
    """Give what a rule judges in an object, by the object's kind."""
    ways = [f"object.kind == {quote(one.kind)} ? {value(of, one.path)}" for one in subject.unusual]
    return "\n: ".join([*ways, value(of, subject.usual)])


def _changed(subject: Subject, reads: Sequence[tuple[str, ...]]) -> str:
    either = "dyn([object, oldObject])"
    if subject.unusual:
        either += f"\n  .map(either,\n{indent(_judged(subject, 'either'), 4)}\n  )"
    listed = ",\n".join(f"    {value(subject.name, path)}" for path in reads)
    return (
        f'request.operation != "UPDATE" || {either}\n  .map({subject.name}, [\n{listed}\n  ])\n  .distinct().size() > 1'
    )


def message(before: str, behind: str, places: str = "places") -> str:
    """Give the expression of the whole message, with the variable of what offends."""
    listed = f'variables.{places}.distinct().sort().join(", ")'
    return f"{quote(one_line(before))}\n+ {listed}\n+ {quote(one_line(behind))}"


def one_line(text: str) -> str:
    """Give a text on one line: the API server and Gatekeeper take no other message."""
    return re.sub(r"[\r\n]+", " ", text)


class _Writer:
    def __init__(self, root: ir.Variable, cel: Cel, prefix: str = "") -> None:
        self.root = root
        self.cel = cel
        self.prefix = prefix  # of the variables that are the rule's own

    def write(self, violation: Violation, subject: Subject, given: dict[str, str]) -> None:
        """Add the variables of a violation, and what must be true."""
        self.cel.variables[self.root.name] = _judged(subject, "dyn(object)")
        self.cel.variables.update({f"{self.prefix}{name}": text for name, text in given.items()})
        exempted, self.cel.places = f"{self.prefix}exempt", f"{self.prefix}places"
        scope: Scope = {self.root: f"variables.{self.root.name}"}
        exempt = "" if violation.exempt == FALSE else self.condition(violation.exempt, scope)
        places = "\n+ ".join(self.clause(one, scope) for one in violation.clauses)
        if exempt:
            self.cel.variables[exempted] = exempt
        self.cel.variables[self.cel.places] = places or '[""].filter(place, false)'
        spared = f"variables.{exempted} || " if exempt else ""
        self.cel.kept = f"{spared}variables.{self.cel.places}.size() == 0"

    def waive(self, waivers: Sequence[ir.Waived], clock: str) -> None:
        """Add the variable of what is waived, and let it spare what it fits."""
        scope: Scope = {self.root: f"variables.{self.root.name}", ir.CARRIER: "dyn(object)"}
        found = []
        for one in waivers:
            asked = [f"{clock} < timestamp({quote(one.until)})"] if clock else []
            asked += [self.condition(part, scope) for part in (one.carrier, one.judged) if part != TRUE]
            found.append(f"// {one.note}\n{join(asked, '&&') if len(asked) > 1 else asked[0]}")
        if found:
            name = f"{self.prefix}waived"
            self.cel.variables[name] = "\n|| ".join(f"(\n{indent(one)}\n)" for one in found)
            self.cel.kept += f" || variables.{name}"

    def clause(self, clause: Clause, scope: Scope) -> str:
        """Give the list of what offends."""
        if clause.element is None:
            found = quote(object_places(clause.condition, self.root))
        else:
            found = self.offenders(clause.element, clause.body, clause.part, scope)
        if clause.condition == TRUE:
            return found
        condition = self.condition(clause.condition, scope)
        whole = f"({condition} ? {found} : [])"
        if len(whole) <= LONGEST_LINE and "\n" not in whole:
            return whole
        return f"(\n{indent(condition)}\n  ? {indent(found).lstrip()}\n  : []\n)"

    def offenders(self, variable: ir.Variable, body: ir.Expression, part: ir.Variable | None, scope: Scope) -> str:
        lists = self.elements(variable, scope)
        name, inner = self.element(variable, lists, scope)
        if part is not None and isinstance(body, ir.Some):
            return f"{lists}\n  {hang(call('.map', name, self.parts(variable, body, inner)))}\n  .flatten()"
        if variable.named_by is None:
            condition = self.quantified(ir.Some(variable, body), scope)
            return f"({condition} ? {quote(('.'.join(variable.lists[0].path),))} : [])"
        every = body == TRUE and variable.lists[0].type != "map"
        asked = self.body(ir.Some(variable, body), inner, nulls=False)
        chosen = "" if every else f"\n  {hang(call('.filter', name, asked))}"
        return f"{lists}{chosen}\n  {hang(call('.map', name, self.name(variable, inner)))}"

    def parts(self, variable: ir.Variable, body: ir.Some, scope: Scope) -> str:
        """Give the names of those elements of an element that offend, each behind the element's own."""
        lists = self.elements(body.variable, scope)
        name, inner = self.element(body.variable, lists, scope)
        chosen = call(".filter", name, self.body(body, inner, nulls=False))
        named = call(".map", name, f"{self.name(variable, inner)}\n+ {self.name(body.variable, inner, ' ')}")
        return f"{lists}\n  {hang(chosen)}\n  {hang(named)}"

    def name(self, variable: ir.Variable, scope: Scope, behind: str = "") -> str:
        """Give the name of an element for the message, behind what separates it from another."""
        of, kind, unnamed = scope[variable], quote(f"{behind}{variable.name} "), quote(UNNAMED)
        if isinstance(of, _Entry):
            return f'{kind} + ({of.key} == "" ? {unnamed} : {of.key})'
        optional = select(of, (variable.named_by or "",))
        chosen = f'.optMap(name, type(name) == string && name != "" ? name : {unnamed})'
        return f"{kind} + {optional}\n  {chosen}\n  .orValue({unnamed})"

    # --- lists ------------------------------------------------------------------------------------------------

    def elements(self, variable: ir.Variable, scope: Scope) -> str:
        """Give what a variable runs over: for the object's own lists a variable of the policy."""
        if any(one.of != self.root for one in variable.lists):
            return self.joined_lists(variable, scope)
        plural = re.sub(r"[^A-Za-z0-9_]", "_", variable.lists[0].path[-1])
        expression = self.joined_lists(variable, scope)
        known = self.cel.variables
        names = (plural, *(f"{plural}_{number}" for number in range(2, 999)))
        name = next(one for one in names if known.get(one) == expression or one not in {*known, *TAKEN})
        known[name] = expression
        return f"variables.{name}"

    def joined_lists(self, variable: ir.Variable, scope: Scope) -> str:
        if len(variable.lists) == 1:
            optional = self.optional(variable.lists[0], scope)
            name = self.fresh(variable.name, scope)
            if variable.lists[0].type == "map":
                return f"{optional}\n  .optMap(listed, type(listed) == map ? listed : {{}})\n  .orValue({{}})"
            kept = f"listed.filter({name}, {name} != null)"
            return f"{optional}\n  .optMap(listed, type(listed) == list ? {kept} : [])\n  .orValue([])"
        if any(one.type == "map" for one in variable.lists):
            places = " and ".join(".".join((one.of.name, *one.path)) for one in variable.lists)
            raise Unsupported("CEL", f"one list of the entries of several maps, as of {places}")
        name = self.fresh(variable.name, scope)
        listed = ",\n".join(f"  {self.value(one, scope)}" for one in variable.lists)
        kept = f".map(listed, listed.filter({name}, {name} != null))"
        return f"[\n{listed}\n]\n  .filter(listed, type(listed) == list)\n  {kept}\n  .flatten()"

    def element(self, variable: ir.Variable, lists: str, scope: Scope) -> tuple[str, Scope]:
        """Give the name of a loop's variable, and what its body sees."""
        name = self.fresh(variable.name, scope)
        if variable.lists[0].type != "map":
            return name, {**scope, variable: name}
        return name, {**scope, variable: _Entry(name, f"{lists}[{name}]")}

    def fresh(self, name: str, scope: Scope) -> str:
        plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
        taken = {one.key if isinstance(one, _Entry) else one for one in scope.values()}
        names = (plain, *(f"{plain}_{number}" for number in range(2, 999)))
        return next(one for one in names if one not in taken | TAKEN)

    def quantified(self, node: ir.Some | ir.Every, scope: Scope) -> str:
        variable = node.variable
        if all(one.of == self.root for one in variable.lists) or len(variable.lists) > 1:
            return self.loop(node, self.elements(variable, scope), scope)
        some = isinstance(node, ir.Some)
        plural = variable.lists[0].path[-1]
        listed = "listed" if plural == variable.name else self.fresh(plural, scope)
        kind = TYPES[variable.lists[0].type][0]
        inner = self.loop(node, listed, {**scope, ir.Variable(""): listed}, nulls=True)
        optional = self.optional(variable.lists[0], scope)
        test = join([f"type({listed}) {'==' if some else '!='} {kind}", inner], "&&" if some else "||")
        return f"{optional}{call('.optMap', listed, test, len(optional))}.orValue({json.dumps(not some)})"

    def loop(self, node: ir.Some | ir.Every, lists: str, scope: Scope, *, nulls: bool = False) -> str:
        """Ask of the elements of a list, or (`nulls`) of one that may hold nulls."""
        variable, some = node.variable, isinstance(node, ir.Some)
        match node:
            case ir.Some(_, ir.Equal(ir.Field(of, ()), to)) if of == variable:
                return f"{operand(to, self.prefix)} in {lists}"
            case ir.Every(_, ir.Not(ir.Equal(ir.Field(of, ()), to))) if of == variable:
                return f"!({operand(to, self.prefix)} in {lists})"
            case ir.Some(_, ir.Constant(value=True)) if not nulls and variable.lists[0].type != "map":
                return f"{lists}.size() > 0"
            case ir.Every(_, ir.Constant(value=False)) if not nulls and variable.lists[0].type != "map":
                return f"{lists}.size() == 0"
        name, inner = self.element(variable, lists, scope)
        return lists + call(".exists" if some else ".all", name, self.body(node, inner, nulls=nulls))

    def body(self, node: ir.Some | ir.Every, scope: Scope, *, nulls: bool) -> str:
        """Give what is asked of an element, which is passed over where it is null and would decide otherwise."""
        of, some = scope[node.variable], isinstance(node, ir.Some)
        text = self.condition(node.body, scope)
        name = of.value if isinstance(of, _Entry) else of
        if (nulls or isinstance(of, _Entry)) and possible(node.body, node.variable, some) == some:
            passed = f"{name} != null" if some else f"{name} == null"
            return passed if text == json.dumps(some) else join([passed, text], "&&" if some else "||")
        return text

    # --- conditions -------------------------------------------------------------------------------------------

    def condition(self, node: ir.Expression | Siblings, scope: Scope) -> str:
        match node:
            case ir.Constant(value):
                return json.dumps(value)
            case ir.And(parts):
                return self.junction(siblings(parts, none=True), "&&", scope)
            case ir.Or(parts):
                return self.junction(siblings(parts, none=False), "||", scope)
            case Siblings(of, parent, names, kind, none):
                test = typed(f"{select(*self.base(of, parent, scope))}[?field].orValue(null)", kind, is_true=True)
                return f"{'!' if none else ''}{wrapped(map(quote, names))}{call('.exists', 'field', test)}"
            case ir.Some() | ir.Every():
                return self.quantified(node, scope)
            case ir.Since():
                raise AssertionError("versions are settled before a language sees them")
            case ir.Not(part) if not isinstance(part, ir.Atom):
                raise AssertionError("only atoms are negated in negative normal form")
            case _:
                return self.junction([node], "&&", scope)

    def junction(self, parts: Sequence[ir.Expression | Siblings], operator: str, scope: Scope) -> str:
        """Join conditions; what is asked of one field is asked together."""
        groups: dict[object, list[ir.Expression | Siblings]] = {}
        for part in merged(parts, operator):
            groups.setdefault(field_of(part) or part, []).append(part)
        texts: list[str] = []
        for about, group in groups.items():
            if isinstance(about, ir.Field):
                texts += self.about(about, group, operator, scope)  # type: ignore[arg-type]  # a place has atoms alone
            else:
                texts.append(self.condition(group[0], scope))
        return join(texts, operator) if texts else json.dumps(operator == "&&")

    def about(self, of: ir.Field, atoms: list[ir.Expression], operator: str, scope: Scope) -> list[str]:
        """Ask of one field: in place where it is mentioned once, else of a value that is looked up once."""
        entry = isinstance(scope[of.of], _Entry)
        terms = self.terms(atoms, operator, sure=(entry and of.path == ("key",)) or isinstance(of, ir.ImagePart))
        if not terms and not isinstance(of, ir.ImagePart):  # of a key, which is a string
            return []
        text = join(terms, operator)
        is_part, is_plain = isinstance(of, ir.ImagePart), not of.path or entry
        if not is_part and (is_plain or text.count(VALUE) == 1):
            return [term.replace(VALUE, self.value(of, scope)) for term in terms]
        absent = json.dumps(possible((conjunction if operator == "&&" else disjunction)(atoms), of.of))
        optional = f"optional.of({self.value(of, scope)})" if is_plain else self.optional(of, scope)
        if isinstance(of, ir.ImagePart):
            optional = image_parts.cel(of.part, optional, quote) + "\n  "
        if not terms:  # of a part, which is a string where it is there
            return [f"{'!' if absent == 'true' else ''}{optional.rstrip()}.hasValue()"]
        asked = call(".optMap", "value", text.replace(VALUE, "value"), len(optional))
        return [f"{optional}{hang(asked) if is_part else asked}.orValue({absent})"]

    def terms(self, atoms: list[ir.Expression], operator: str, *, sure: bool) -> list[str]:
        """Give what is asked of a value; a type that several conditions need is asked for once, before them.

        `false && error` is false and `true || error` is true, so that what stands behind the type is never an error.
        A key of a map is a string for sure.
        """
        positive = operator == "&&"
        sense = [(atom.part, False) if isinstance(atom, ir.Not) else (atom, True) for atom in atoms]
        first = {one.field.type for one, is_true in sense if isinstance(one, ir.Present) and is_true == positive}
        first |= {kind for one, is_true in sense if is_true == positive and (kind := needs(one))}
        terms = [] if sure else [typed(VALUE, one, is_true=positive) for one in sorted(first)]
        behind: dict[ir.JsonType, list[str]] = {}
        for one, is_true in sense:
            if isinstance(one, ir.Present) and is_true == positive:
                continue
            kind = needs(one)
            if sure or kind is None or kind in first:
                terms.append(asked(one, is_true=is_true, prefix=self.prefix))
            else:
                behind.setdefault(kind, []).append(asked(one, is_true=is_true, prefix=self.prefix))
        other = "||" if positive else "&&"
        tests = {one: typed(VALUE, one, is_true=not positive) for one in behind}
        return terms + [join([tests[one], join(texts, operator)], other) for one, texts in behind.items()]

    # --- fields -----------------------------------------------------------------------------------------------

    def base(self, of: ir.Variable, path: tuple[str, ...], scope: Scope) -> tuple[str, tuple[str, ...]]:
        """Give what a path begins at, and the rest of it."""
        known = scope[of]
        if not isinstance(known, _Entry):
            return known, path
        return (known.key if path[0] == "key" else known.value), path[1:]

    def optional(self, of: ir.Field, scope: Scope) -> str:
        return select(*self.base(of.of, of.path, scope))

    def value(self, of: ir.Field, scope: Scope) -> str:
        return value(*self.base(of.of, of.path, scope))
