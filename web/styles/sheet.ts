/** A style sheet as rules, read without a parser's help: enough for WeUI's sheet and ours. */
export interface Rule {
  /** The selectors, or an at-rule with its condition. */
  head: string;
  /** Declarations; empty where `rules` holds what is inside. */
  body: string;
  rules?: Rule[];
}

/** @param css must be balanced. */
export function readSheet(css: string): Rule[] {
  const text = css.replace(/\/\*[\s\S]*?\*\//g, '');
  let at = 0;
  const block = (): Rule[] => {
    const rules: Rule[] = [];
    for (;;) {
      const open = text.indexOf('{', at);
      const close = text.indexOf('}', at);
      if (open < 0 || (close >= 0 && close < open)) {
        at = close < 0 ? text.length : close + 1;
        return rules;
      }
      const head = text.slice(at, open).replace(/\s+/g, ' ').trim();
      at = open + 1;
      if (/^@(media|supports|keyframes|-webkit-keyframes|layer)/.test(head)) {
        rules.push({ head, body: '', rules: block() });
      } else {
        const end = text.indexOf('}', at);
        rules.push({ head, body: text.slice(at, end).replace(/\s+/g, ' ').trim() });
        at = end + 1;
      }
    }
  };
  return block();
}

/** Without spaces that mean nothing, and without empty rules. */
export function writeSheet(rules: Rule[]): string {
  return rules
    .map(({ head, body, rules: inner }) => {
      const content = inner ? writeSheet(inner) : compact(body);
      return content ? `${head.replace(/ ?([,>]) ?/g, '$1')}{${content}}` : '';
    })
    .join('');
}

const compact = (body: string): string =>
  declarations(body)
    .map((declaration) => declaration.replace(/^([\w-]+) ?: ?/, '$1:').replace(/, /g, ','))
    .join(';');

/** One declaration each; a semicolon inside a data URI does not end one. */
export function declarations(body: string): string[] {
  return (body.match(/(?:url\((?:"[^"]*"|'[^']*'|[^)"']*)\)|"[^"]*"|'[^']*'|[^;"'])+/g) ?? [])
    .map((declaration) => declaration.trim())
    .filter(Boolean);
}
