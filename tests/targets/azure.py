"""What Azure demands of a policy definition and of an initiative, as JSON schemas in our own words.

- The rule: https://schema.management.azure.com/schemas/2020-10-01/policyDefinition.json, which despite its name is a
  schema of `policyRule` alone. Its `details` know no Kubernetes: the schema refuses `templateInfo`, and with it every
  built-in definition for Kubernetes. So `details` are held to what Microsoft Learn says of them (effect-deny).
- The resource: https://schema.management.azure.com/schemas/2023-04-01/Microsoft.Authorization.json, PolicyDefinition-
  and PolicySetDefinitionProperties. There is no policySetDefinition.json.
- Lengths and numbers: Microsoft Learn, definition-structure-basics, and the limits of Azure Policy.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def holding(required: Schema, optional: Schema | None = None, **more: Any) -> Schema:
    """Give the schema of an object that has these properties and no others."""
    properties = {**required, **(optional or {})}
    return {
        "type": "object",
        "required": [*required],
        "properties": properties,
        "additionalProperties": False,
        **more,
    }


def _some(**properties: Schema) -> Schema:
    return {"required": [*properties], "properties": properties}


TEXT: Schema = {"type": "string"}
NAMES: Schema = {"type": "array", "items": {"type": "string", "not": {"const": "*"}}, "minItems": 1}
EXPRESSION: Schema = {"type": "string", "pattern": r"^\[([^\[].*)?\]$"}
_KNOWN = [
    *[_some(**{name: {"type": ["number", "string"]}}) for name in ("equals", "notEquals", "greater", "less")],
    *[_some(**{name: {"type": ["number", "string"]}}) for name in ("greaterOrEquals", "lessOrEquals")],
    *[_some(**{name: TEXT}) for name in ("like", "notLike", "contains", "notContains", "containsKey")],
    *[_some(**{name: TEXT}) for name in ("notContainsKey", "match", "notMatch")],
    *[_some(**{name: TEXT}) for name in ("matchInsensitively", "notMatchInsensitively")],
    *[_some(**{name: {"type": ["array", "string"]}}) for name in ("in", "notIn")],
    _some(exists={"type": ["string", "boolean"]}),
]
CONDITION: Schema = {
    "type": "object",
    "allOf": [
        {"oneOf": [_some(source=TEXT), _some(field=TEXT), _some(value=TEXT), _some(count={})]},
        {"oneOf": _KNOWN},
    ],
}
DETAILS = holding(
    {
        "templateInfo": {
            "oneOf": [
                holding({"sourceType": {"const": "PublicURL"}, "url": TEXT}),
                holding({"sourceType": {"const": "Base64Encoded"}, "content": {"contentEncoding": "base64", **TEXT}}),
            ]
        },
        "apiGroups": NAMES,
        "kinds": NAMES,
        "excludedNamespaces": EXPRESSION,
        "labelSelector": EXPRESSION,
    },
    {"namespaces": EXPRESSION, "values": {"type": "object", "minProperties": 1, "additionalProperties": EXPRESSION}},
)
_EFFECTS = ["append", "audit", "auditIfNotExists", "deny", "deployIfNotExists", "manual", "modify", "disabled"]
EFFECT: Schema = {"oneOf": [{"enum": _EFFECTS}, EXPRESSION]}
RULE = holding({"if": CONDITION, "then": holding({"effect": EFFECT, "details": DETAILS})})

_TYPES = ["String", "Array", "Object", "Boolean", "Integer", "Float", "DateTime"]
PARAMETERS: Schema = {
    "type": "object",
    "propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9_-]*$"},
    "additionalProperties": holding(
        {"type": {"enum": _TYPES}, "metadata": holding({"displayName": TEXT, "description": TEXT}), "defaultValue": {}},
        {"allowedValues": {"type": "array"}, "schema": {"type": "object"}},
    ),
}
_METADATA = {"category": {"const": "Kubernetes"}, "version": {"pattern": r"^\d+\.\d+\.\d+$"}}
_COMMON = {
    "displayName": {"type": "string", "minLength": 1, "maxLength": 128},
    "description": {"type": "string", "minLength": 1, "maxLength": 512},
    "policyType": {"const": "Custom"},
    "metadata": holding(_METADATA, {"generatedFrom": {"type": "string", "maxLength": 1024}}),
}
_NAME: Schema = {"type": "string", "pattern": r"^[^<>%&:\\?/]*[^<>%&:\\?/ ]+$", "maxLength": 64}
DEFINITION = holding(
    {
        "name": _NAME,
        "type": {"const": "Microsoft.Authorization/policyDefinitions"},
        "properties": holding(
            {
                **_COMMON,
                "mode": {"const": "Microsoft.Kubernetes.Data"},
                "parameters": {**PARAMETERS, "maxProperties": 20},
                "policyRule": RULE,
            }
        ),
    }
)
_EFFECT: Schema = {"enum": ["audit", "deny"]}  # what a rule has whatever the initiative is assigned with
_REFERENCE = holding(
    {
        "policyDefinitionId": {"pattern": "^{scope}/providers/Microsoft.Authorization/policyDefinitions/[a-z0-9-]+$"},
        "policyDefinitionReferenceId": TEXT,
        "parameters": {"type": "object", "additionalProperties": holding({"value": {"anyOf": [EXPRESSION, _EFFECT]}})},
    }
)
INITIATIVE = holding(
    {
        "name": _NAME,
        "type": {"const": "Microsoft.Authorization/policySetDefinitions"},
        "properties": holding(
            {
                **_COMMON,
                "parameters": {**PARAMETERS, "maxProperties": 300},
                "policyDefinitions": {"type": "array", "minItems": 1, "maxItems": 1000, "items": _REFERENCE},
            }
        ),
    }
)


class ExpressionError(Exception):
    """A text that Azure would evaluate."""


def read(text: str) -> str:
    """Give what Azure takes a text for; an expression raises."""
    if not (text.startswith("[") and text.endswith("]")):
        return text
    if not text.startswith("[["):
        raise ExpressionError(text)
    return text[1:]
