/** HTML that is safe to put into a page: made by this folder's functions, or escaped. */
export type Html = { readonly html: string };

/** What may stand in a page: text, which is escaped, or HTML. */
export type Content = string | Html;

/** HTML as it is. Only for what was put together from escaped parts. */
export const raw = (html: string): Html => ({ html });

/** Text as it may stand in HTML, in attribute values too. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** The HTML of a content. */
export const htmlOf = (content: Content): string => (typeof content === 'string' ? escapeHtml(content) : content.html);
