// Terraform expressions as data: from the text that hcl2json leaves behind to a tree that can be searched and evaluated.
import { getExpressionAst } from "@cdktf/hcl2json";
import { textOf } from "./values.ts";

export type Expression =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  | { readonly kind: "template"; readonly parts: readonly Expression[] }
  /** `var.x`, `local.y["z"]`, `module.a.b`: a name and the steps behind it. */
  | { readonly kind: "reference"; readonly root: string; readonly steps: readonly (string | number)[] }
  | { readonly kind: "steps"; readonly source: Expression; readonly steps: readonly (string | number)[] }
  | { readonly kind: "index"; readonly source: Expression; readonly key: Expression }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "unary"; readonly operator: string; readonly operand: Expression }
  | { readonly kind: "conditional"; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: "tuple"; readonly items: readonly Expression[] }
  | { readonly kind: "object"; readonly items: readonly { readonly key: Expression; readonly value: Expression }[] }
  | ForExpression;

export interface ForExpression {
  readonly kind: "for";
  readonly keyName: string | undefined;
  readonly valueName: string;
  readonly source: Expression;
  /** Present when the result is an object. */
  readonly key: Expression | undefined;
  readonly value: Expression;
  readonly condition: Expression | undefined;
}

interface Node {
  readonly type: string;
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly children?: readonly Node[];
}

/** Of an attribute's text as hcl2json gives it. Throws with the text when it is no expression, or one not known here. */
export async function parseText(text: string): Promise<Expression> {
  const inner = text.startsWith("${") && text.endsWith("}") ? await astOf(text.slice(2, -1)) : undefined;
  return inner === undefined ? parseSource(`"${text}"`) : convert(inner);
}

async function parseSource(source: string): Promise<Expression> {
  const ast = await astOf(source);
  if (ast === undefined) throw new Error(`not an expression: ${source}`);
  return convert(ast);
}

async function astOf(source: string): Promise<Node | undefined> {
  try {
    return (await getExpressionAst("expression.tf", source)) ?? undefined;
  } catch {
    // Two templates side by side look like one from outside: the caller then tries the text as a quoted string.
    return undefined;
  }
}

async function convert(node: Node): Promise<Expression> {
  const children = node.children ?? [];
  const child = (index: number): Promise<Expression> => {
    const found = children[index];
    if (found === undefined) throw new Error(`${node.type} has no part ${index}: ${JSON.stringify(node.meta)}`);
    return convert(found);
  };
  const text = (name: string): string => textOf(node.meta?.[name] ?? "");
  switch (node.type) {
    case "literalValue":
      return { kind: "literal", value: literal(text("type"), text("value")) };
    case "templateWrap":
    case "":
      // A template of nothing but one expression, or brackets.
      return child(0);
    case "template":
      return { kind: "template", parts: await Promise.all(children.map(convert)) };
    case "scopeTraversal": {
      const [root = "", ...steps] = traversal(node);
      return { kind: "reference", root: String(root), steps };
    }
    case "relativeTraversal":
      return { kind: "steps", source: await child(0), steps: traversal(node) };
    case "index":
      return { kind: "index", source: await child(0), key: await child(1) };
    case "binaryOp":
      return { kind: "binary", operator: text("operator"), left: await child(0), right: await child(1) };
    case "unaryOp":
      return { kind: "unary", operator: text("operator"), operand: await child(0) };
    case "conditional":
      return { kind: "conditional", test: await child(0), yes: await child(1), no: await child(2) };
    case "function":
      if (node.meta?.["expandedFinalArgument"] === true) throw new Error(`not known here: ${text("value")}`);
      return { kind: "call", name: text("name"), args: await Promise.all(children.map(convert)) };
    case "tuple":
      return { kind: "tuple", items: await Promise.all(children.map(convert)) };
    case "object":
      return { kind: "object", items: await objectItems(node) };
    case "for":
      return forExpression(node);
    default:
      throw new Error(`a kind of expression that is not known here: ${node.type}: ${text("value")}`);
  }
}

async function forExpression(node: Node): Promise<ForExpression> {
  const text = (name: string): string => textOf(node.meta?.[name] ?? "");
  const part = async (name: string): Promise<Expression | undefined> =>
    text(name) === "" ? undefined : parseSource(text(name));
  return {
    kind: "for",
    keyName: text("keyVar") === "" ? undefined : text("keyVar"),
    valueName: text("valVar"),
    source: await parseSource(text("collectionExpression")),
    key: await part("keyExpression"),
    value: await parseSource(text("valueExpression")),
    condition: await part("conditionalExpression"),
  };
}

async function objectItems(node: Node): Promise<{ key: Expression; value: Expression }[]> {
  const items = Object.entries(Object(node.meta?.["items"]));
  return Promise.all(
    items.map(async ([key, value]) => ({
      // A bare word is a name, not a reference.
      key: /^[\w-]+$/.test(key) ? ({ kind: "literal", value: key } as const) : await parseSource(key),
      value: await parseSource(textOf(value)),
    })),
  );
}

function traversal(node: Node): (string | number)[] {
  const parts: unknown = node.meta?.["traversal"];
  if (!Array.isArray(parts)) throw new Error(`no traversal: ${JSON.stringify(node.meta)}`);
  return parts.map((part: { readonly type: string; readonly segment: string }) => {
    if (part.type === "nameTraversal") return part.segment;
    return part.segment.startsWith('"') ? String(JSON.parse(part.segment)) : Number(part.segment);
  });
}

function literal(type: string, text: string): string | number | boolean | null {
  if (type === "number") return Number(text);
  if (type === "bool") return text === "true";
  if (type === "string") return unescaped(text);
  return null;
}

/** Literals come with the escapes of the source. */
function unescaped(text: string): string {
  return String(JSON.parse(`"${text.replaceAll("\n", "\\n").replaceAll("\t", "\\t")}"`));
}

/** Every reference below, without the names that a `for` binds itself. */
export function referencesIn(expression: Expression, bound: ReadonlySet<string> = new Set()): readonly Reference[] {
  const all = (...parts: readonly (Expression | undefined)[]): readonly Reference[] =>
    parts.flatMap((part) => (part === undefined ? [] : referencesIn(part, bound)));
  switch (expression.kind) {
    case "literal":
      return [];
    case "reference":
      return bound.has(expression.root) ? [] : [{ root: expression.root, steps: expression.steps }];
    case "template":
      return all(...expression.parts);
    case "steps":
      return all(expression.source);
    case "index":
      return all(expression.source, expression.key);
    case "binary":
      return all(expression.left, expression.right);
    case "unary":
      return all(expression.operand);
    case "conditional":
      return all(expression.test, expression.yes, expression.no);
    case "call":
      return all(...expression.args);
    case "tuple":
      return all(...expression.items);
    case "object":
      return expression.items.flatMap(({ key, value }) => all(key, value));
    case "for": {
      const { keyName, valueName, source, key, value, condition } = expression;
      const inner = new Set([...bound, valueName, ...(keyName === undefined ? [] : [keyName])]);
      const parts = [key, value, condition].flatMap((part) => (part === undefined ? [] : referencesIn(part, inner)));
      return [...all(source), ...parts];
    }
    default:
      return expression satisfies never;
  }
}

export interface Reference {
  readonly root: string;
  readonly steps: readonly (string | number)[];
}
