import MarkdownIt from 'markdown-it';

/** Notices are written in Markdown by an office: no HTML of theirs reaches a page, links lead to the web or to us. */
const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });
markdown.disable('image');
markdown.validateLink = (link) => /^(https?:\/\/|mailto:|tel:|\/(?!\/)|#)/i.test(link.trim());
// A page has one h1, its title: the text's own headings begin below it.
markdown.core.ruler.push('headings', ({ tokens }) => {
  for (const token of tokens) {
    if (token.type === 'heading_open' || token.type === 'heading_close') {
      token.tag = `h${Math.min(6, Math.max(2, Number(token.tag.slice(1))))}`;
    }
  }
});

/** Safe HTML of a notice's text. */
export const renderMarkdown = (text: string): string => markdown.render(text);
