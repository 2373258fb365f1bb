"""JMESPath, as Kyverno's ClusterPolicies hold it.

Kyverno's fork reports a missing key as an error, which comparisons, functions, filters, `&&`, `||` and `!` take
for null; every path below stands in one of them. Inside a filter only the element can be seen, which is why
`normalize` narrows every quantifier.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from podsec_compile import ir
from podsec_compile.evaluate import UNNAMED, object_places
from podsec_compile.languages import Siblings, Unsupported, image_parts, siblings
from podsec_compile.normalize import FALSE, TRUE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from podsec_compile.kinds import Subject
    from podsec_compile.normalize import Clause, Violation

_JSON_TYPES = {"string": "string", "number": "number", "boolean": "boolean", "list": "array", "map": "object"}
_TEXT_TESTS = {"prefix": "starts_with", "suffix": "ends_with", "part": "contains"}
_LONGEST_LINE = 100
_BETWEEN = '`"\\u0001"`'  # stands between names, and in none
_LINES = "\n&& "
_PLAIN = re.compile(r"[A-Za-z0-9 .,:;_/=+()<>#@%&!?-]*")
# Kyverno refuses these in a policy that scans (pkg/validation/policy/background.go), inside of literals, too.
_OF_THE_USER = re.compile(r"(?<!\.)(?:serviceAccountName(?:space)?|request.(?:userInfo|roles|clusterRoles))\b")


def quote(value: ir.Scalar | tuple[ir.Scalar, ...]) -> str:
    r"""Give a literal.

    Plain text is a raw string; everything else is a JSON literal in which each character that Kyverno, YAML or
    JMESPath could read as its own (braces, `$`, backquote, quotes, backslash, control characters) is a \u escape, and
    so is the first letter of a word that Kyverno would take for a variable of the user who asks.
    """
    if isinstance(value, str) and _PLAIN.fullmatch(value) and not _OF_THE_USER.search(value):
        return f"'{value}'"
    return f"`{_json(value)}`"


def _json(value: ir.Scalar | tuple[ir.Scalar, ...]) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_json(one) for one in value)}]"
    if not isinstance(value, str):
        return json.dumps(value)
    escaped = "".join(map(_escape, value))
    return f'"{_OF_THE_USER.sub(lambda word: _unicode(word[0][0]) + word[0][1:], escaped)}"'


def _escape(char: str) -> str:
    if _PLAIN.fullmatch(char) or (char.isalnum() and ord(char) < 0x10000) or char in "*|^~[]":
        return char
    return _unicode(char)


def _unicode(char: str) -> str:
    units = char.encode("utf-16-be").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def path(names: Iterable[str]) -> str:
    """Give a path from the current element; the empty path is the element itself."""
    whole = ".".join(name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) else _json(name) for name in names)
    first, dot, rest = whole.partition(".")
    return f"{_json(first)}{dot}{rest}" if _OF_THE_USER.fullmatch(first) else whole or "@"


def unchanged(template: str, reads: Iterable[tuple[str, ...]]) -> str:
    """Give the comparison of what a rule reads, in the object and in the one that it replaces."""
    values = f"[{', '.join(path(one) for one in reads)}]"
    chosen = f".not_null({template}, `{{}}`)\n" if template else ""
    return f"parse_json(to_string(request.[object, oldObject]))[*]{chosen}.{values}\n| [0] == [1]"


def judged(subject: Subject) -> str:
    """Give what a rule judges in an object, by the object's kind; empty where that is the object itself."""
    if not subject.unusual:
        return ""
    ways = [f"kind == {quote(one.kind)} && {path(one.path)}" for one in subject.unusual]
    others = quote(tuple(one.kind for one in subject.unusual))
    return "\n|| ".join([*ways, f"!contains({others}, kind) && {path(subject.usual)}"])


def not_waived(waived: ir.Waived, subject: Subject) -> str:
    """Give the condition that a waiver does not spare the object, or is over by the engine's clock."""
    writer = _Writer(ir.Variable(subject.name))
    asked = [f"time_before(time_now_utc(), {quote(waived.until)})"]
    template = judged(subject)
    for path_, node in (("", waived.carrier), (template, waived.judged)):
        if node != TRUE:
            of = f"request.object\n| ({path_})" if path_ else "request.object"
            asked.append(f"({of}\n| {writer.condition(node)})")
    return f"!({_LINES.join(asked)})"


def message(before: str, behind: str) -> str:
    """Give the variable that stands for the whole message, so that no text in it is read as another one."""
    return f"{{{{ join('', [{quote(before)}, join(', ', places), {quote(behind)}]) }}}}"


def render(violation: Violation, root: ir.Variable) -> str:
    """Give the expression that lists what offends in the current object, sorted; empty where the rule is kept."""
    if not violation.clauses:
        return "`[]`"
    writer = _Writer(root)
    found = ",\n".join(_indent(writer.clause(clause)) for clause in violation.clauses)
    listed = f"[\n{found}\n][] | [?@] | sort(keys(object_from_lists(@, @)))"
    if violation.exempt == FALSE:
        return listed
    spared = writer.condition(violation.exempt)
    return f"!({spared}) && ({listed}) || `[]`"


class _Writer:
    def __init__(self, root: ir.Variable) -> None:
        self.root = root

    def clause(self, clause: Clause) -> str:
        """Give the names of what offends: a list, or for the object itself a name or something false."""
        condition = "" if clause.condition == TRUE else self.joined(clause.condition)
        if clause.element is None:
            names = object_places(clause.condition, self.root)
            named = quote(names[0]) if len(names) == 1 else quote(names)
            return f"{condition} && {named}" if condition else named
        lists = self.lists(clause.element)
        # A filter alone would hand a null element to the naming behind it.
        lists = lists.removesuffix(" | ") if lists.endswith(" | ") else f"{lists}[*]"
        body = self.condition(clause.body)
        if isinstance(clause.body, ir.And) and len(body) > _LONGEST_LINE:
            body = "\n      && ".join(self.joined(part) for part in siblings(clause.body.parts, none=True))
        if clause.part is not None and isinstance(clause.body, ir.Some):
            named = self.parts(clause.element, clause.body, lists, body)
        else:
            named = f"(\n  {lists}\n  | [?{body}]\n    .{self.place(clause.element)}\n)"
        return f"{condition} && {named}" if condition else named

    def parts(self, variable: ir.Variable, body: ir.Some, lists: str, condition: str) -> str:
        """Give the names of those elements of elements that offend, each behind the element's own.

        A filter cannot look outward, so each element's name is put before its own elements' by joining them with it.
        """
        parts = f"{self.lists(body.variable)}[?{self.condition(body.body)}].{self.place(body.variable)}"
        pair = f"[join('', [{self.place(variable)}, ' ']), {parts}]"
        joined = f"join('', [[0], join(join('', [{_BETWEEN}, [0]]), [1])])"
        steps = [
            lists,
            f"[?{condition}]\n    .{pair}",
            f"[*].{joined}",
            f"split(join({_BETWEEN}, not_null(@, `[]`)), {_BETWEEN})",
        ]
        return "(\n  {}\n)".format("\n  | ".join(steps))

    def place(self, variable: ir.Variable) -> str:
        if variable.named_by is None:
            return f"[{quote('.'.join(variable.lists[0].path))}] | [0]"
        key = path([variable.named_by])
        given = f"type({key}) == 'string' && {key} || {quote(UNNAMED)}"
        return f"join(' ', [{quote(variable.name)}, {given}])"

    def lists(self, variable: ir.Variable) -> str:
        """Give the expression of what a variable runs over, ready for a filter behind it."""
        parts = [self.list(field) for field in variable.lists]
        if len(parts) == 1:
            return parts[0]
        common = variable.lists[0].path[:-1]
        if all(field.path[:-1] == common and field.type == "list" for field in variable.lists):
            return f"{path(common)}.[{', '.join(path(field.path[-1:]) + '[*]' for field in variable.lists)}][] | "
        return f"[{', '.join(part + '[*]' for part in parts)}][] | "

    def list(self, field: ir.Field) -> str:
        where = path(field.path)
        if field.type != "map":
            return where
        entries = f"items((type({where}) == 'object' && {where} || `{{}}`), 'key', 'value')"
        return f"{entries}[?value != `null`] | "

    def condition(self, node: ir.Expression | Siblings) -> str:
        """Give an expression that is true, or false-like, of the current element."""
        match node:
            case ir.Constant(value):
                return "`true`" if value else "`false`"
            case ir.Not(part):
                return self.negated(part)
            case ir.And(parts):
                return " && ".join(self.joined(part) for part in siblings(parts, none=True))
            case ir.Or(parts):
                return " || ".join(self.joined(part) for part in siblings(parts, none=False))
            case Siblings(_, parent, names, kind, none):
                listed = f"{path(parent)}." if parent else ""
                listed += f"[{', '.join(path([name]) for name in names)}][?{self.typed('@', kind)}]"
                return f"!({listed})" if none else listed
            case ir.Some(variable, body):
                return f"{self.lists(variable)}[?{self.condition(body)}]"
            case ir.Every(variable, body):
                return f"!({self.lists(variable)}[?{self.opposite(body)}])"
            case ir.Since():
                raise AssertionError("versions are settled before a language sees them")
            case _:
                return self.atom(node)

    def opposite(self, node: ir.Expression) -> str:
        return self.condition(node.part) if isinstance(node, ir.Not) else f"!({self.condition(node)})"

    def joined(self, node: ir.Expression | Siblings) -> str:
        """Give an expression that can stand between `&&` and `||`."""
        text = self.condition(node)
        return f"({text})" if isinstance(node, ir.Or | ir.And) or " | " in text else text

    def negated(self, atom: ir.Expression) -> str:
        match atom:
            case ir.Present(ir.ImagePart()) | ir.Equal(ir.ImagePart()):
                return f"!{self.condition(atom)}"
            case ir.Present(of):
                return (
                    f"type({path(of.path)}) != '{_JSON_TYPES[of.type]}'"
                    if of.type != "any"
                    else f"{path(of.path)} == `null`"
                )
            case ir.Equal(of, to):
                return f"{path(of.path)} != {self.operand(to)}"
            case ir.OneOf():
                return f"!{self.condition(atom)}"
            case _:
                return f"!({self.condition(atom)})"

    def atom(self, node: ir.Atom) -> str:
        value = path(node.field.path)
        if isinstance(node.field, ir.ImagePart):
            plain = replace(node, field=ir.Field(node.field.of, (), "string"))
            return f"({image_parts.jmespath(node.field.part, value, quote)} | {self.atom(plain)})"
        match node:
            case ir.Present(of):
                return self.typed(value, of.type)
            case ir.Equal(_, to):
                return f"{value} == {self.operand(to)}"
            case ir.OneOf(_, among):
                return f"contains({self.operand(among)}, {value})"
            case ir.Compare(_, operator, to):
                return f"{value} {operator} {self.operand(to)}"
            case ir.Text(_, test, to):
                return f"type({value}) == 'string' && {self.text(value, test, to)}"

    def text(self, value: str, test: str, to: ir.Value | ir.Values | ir.Parameter) -> str:
        """Ask of a string whether a test holds with one of the texts."""
        match to:
            case ir.Values(()):
                return "`false`"
            case ir.Values(values):
                together = " || ".join(self.text(value, test, ir.Value(one)) for one in values)
                return f"({together})"
            case ir.Value(text) if test == "under":
                return f"({value} == {quote(text)} || starts_with({value}, {quote(f'{text}/')}))"
            case ir.Parameter():
                return self.operand(to)
            case _ if test == "match":
                return f"regex_match({self.operand(to)}, {value})"
            case _:
                return f"{_TEXT_TESTS[test]}({value}, {self.operand(to)})"

    def typed(self, value: str, kind: ir.JsonType) -> str:
        return f"type({value}) == '{_JSON_TYPES[kind]}'" if kind != "any" else f"{value} != `null`"

    def operand(self, operand: ir.Value | ir.Values | ir.Parameter) -> str:
        match operand:
            case ir.Value(value):
                return quote(value)
            case ir.Values(values):
                return quote(values)
            case ir.Parameter(name):
                raise Unsupported(
                    "JMESPath", f'the parameter "{name}": a ClusterPolicy has none; give it a value first'
                )


def _indent(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))
