/** The headings of the guide as targets of links. */

/**
 * Names the headings once the viewer has drawn them, `## When to retry` as `guide-when-to-retry`, and goes to the one that the
 * address names: the browser looked for it before there was one.
 * @param {HTMLElement} page
 */
export function nameHeadings(page) {
  const observer = new MutationObserver(() => {
    const headings = page.querySelectorAll('.info .renderedMarkdown h2');
    if (headings.length === 0) return;
    observer.disconnect();
    for (const heading of headings) {
      const words = heading.textContent.toLowerCase().match(/[a-z0-9]+/g) ?? [];
      heading.id = `guide-${words.join('-')}`;
    }
    // The viewer writes a slash of its own into an address.
    const named = /^#\/?(guide-.+)$/.exec(location.hash)?.[1];
    if (named !== undefined) document.getElementById(named)?.scrollIntoView();
  });
  observer.observe(page, { childList: true, subtree: true });
}
