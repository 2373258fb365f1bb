"""How each language spells the parts of an image reference; the meaning is `images.part_of`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podsec_compile.images import HUB, LIBRARY, NAMED_HOST, REFERENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from podsec_compile.ir import ImagePartName

    Quote = Callable[[str], str]

_NAME = "^((.*/)?[^:@/]+).*$"
_TAGLESS = "^(.*/)?[^:@/]+$"
_TAGGED = "^(.*/)?[^:@/]+:([^@/]+)(@.*)?$"
_OLD_HUB = "^index[.]docker[.]io/"
_HUB_ROOT = "^docker[.]io/([^/]+)$"


def rego(part: ImagePartName, quote: Quote) -> tuple[str, ...]:
    """Give the definitions of the function `image_<part>`: a string, or null."""
    is_image = f"is_image(image) if {{\n\tis_string(image)\n\tregex.match({quote(REFERENCE)}, image)\n}}"

    def defined(*lines: str) -> str:
        return "\n".join([f"image_{part}(image) := {part} if {{", "\tis_image(image)", *map("\t{}".format, lines), "}"])

    match part:
        case "digest":
            return is_image, defined('[_, digest] := split(image, "@")') + " else := null"
        case "tag":
            tagged = defined(
                f"regex.match({quote(_TAGGED)}, image)", f"tag := regex.replace(image, {quote(_TAGGED)}, {quote('$2')})"
            )
            latest = f"{quote('latest')} if {{\n\tis_image(image)\n\tregex.match({quote(_TAGLESS)}, image)\n}}"
            return is_image, f"{tagged} else := {latest} else := null"
        case "repository":
            named = defined(
                f"name := with_host(regex.replace(image, {quote(_NAME)}, {quote('$1')}))",
                f"hub := regex.replace(name, {quote(_OLD_HUB)}, {quote(HUB)})",
                f"repository := regex.replace(hub, {quote(_HUB_ROOT)}, {quote(f'{HUB}{LIBRARY}$1')})",
            )
            host = f"with_host(name) := name if regex.match({quote(NAMED_HOST)}, name)"
            return is_image, f"{named} else := null", f"{host} else := concat({quote('')}, [{quote(HUB)}, name])"


def jmespath(part: ImagePartName, value: str, quote: Quote) -> str:
    """Give the expression of a part of what `value` stands for: a string, or something false."""
    given = f"type({value}) == 'string' && regex_match({quote(REFERENCE)}, {value})"
    match part:
        case "digest":
            return f"{given} && contains({value}, '@') && split({value}, '@')[1]"
        case "tag":
            tagged = f"regex_replace_all({quote(_TAGGED)}, {value}, {quote('$2')})"
            tag = f"regex_match({quote(_TAGGED)}, {value}) && {tagged}"
            return f"{given} && ({tag} || regex_match({quote(_TAGLESS)}, {value}) && {quote('latest')})"
        case "repository":
            name = f"regex_replace_all({quote(_NAME)}, {value}, {quote('$1')})"
            host = f"regex_match({quote(NAMED_HOST)}, @) && @ || join('', [{quote(HUB)}, @])"
            hub = f"regex_replace_all({quote(_OLD_HUB)}, @, {quote(HUB)})"
            library = f"regex_replace_all({quote(_HUB_ROOT)}, @, {quote(HUB + LIBRARY + '$1')})"
            return f"{given} && ({name}\n| {host}\n| {hub}\n| {library})"


def cel(part: ImagePartName, optional: str, quote: Quote) -> str:
    """Give the optional part of what an optional value stands for."""
    given = f"type(image) == string && image.matches({quote(REFERENCE)})"

    def chosen(condition: str, found: str) -> str:
        body = f"{given}{condition}\n    ? optional.of({found})\n    : optional.none()"
        return f"{optional}\n  .optFlatMap(image,\n    {body}\n  )"

    match part:
        case "digest":
            return chosen(' && image.contains("@")', f"image.find({quote('[^@]+$')})")
        case "tag":
            untagged = f" && !image.matches({quote('^(.*/)?[^:@/]+@')})"
            found = chosen(untagged, f"image.find({quote('^[^@]+')}).find({quote(':[^:/]+$')})")
            return f'{found}\n  .optMap(tag, tag == "" ? "latest" : tag.substring(1))'
        case "repository":
            old = f"index.{HUB}"
            steps = [
                f"name.matches({quote(NAMED_HOST)}) ? name : {quote(HUB)} + name",
                f"name.startsWith({quote(old)}) ? name.substring({len('index.')}) : name",
                f"name.matches({quote(_HUB_ROOT)}) ? {quote(HUB + LIBRARY)} + name.substring({len(HUB)}) : name",
            ]
            found = chosen("", f"image.find({quote('^(.*/)?[^:@/]+')})")
            return found + "".join(f"\n  .optMap(name, {step})" for step in steps)
