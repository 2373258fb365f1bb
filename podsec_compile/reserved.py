"""Words that an engine, or a tool beside it, keeps for itself: no rule and no variable may be called so."""

REGO = frozenset((
    "as", "contains", "data", "default", "else", "every", "false", "if", "import",
    "in", "input", "not", "null", "package", "some", "true", "with",
))  # fmt: skip
CEL = frozenset((
    "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop", "null",
    "package", "namespace", "return", "true", "var", "void", "while",
    "bool", "bytes", "double", "dyn", "int", "list", "map", "null_type", "string", "timestamp", "type", "uint",
    "anyObject", "authorizer", "namespaceObject", "object", "oldObject", "params", "request", "variables",
))  # fmt: skip
KUSTOMIZE = frozenset(("kustomization",))
