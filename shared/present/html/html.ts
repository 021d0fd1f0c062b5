/** HTML that is safe in a page: escaped, or made by the functions of this folder. */
export type Html = { readonly html: string };

/** Content of a page: text, which is escaped, or HTML. */
export type Content = string | Html;

/** Marks a string as HTML. Only for strings made of escaped parts. */
export const raw = (html: string): Html => ({ html });

/** Escapes text for HTML, attribute values included. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** The HTML of content. */
export const htmlOf = (content: Content): string => (typeof content === 'string' ? escapeHtml(content) : content.html);

/**
 * Escapes text of a note, and shows characters that steer a reader's screen, such as a change of
 * direction, as a box.
 */
export const escapeNote = (text: string): string => escapeHtml(text.replace(/[^\P{C}\n\t]/gu, '\ufffd'));
