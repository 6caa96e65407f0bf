"""The local server: one model behind HTTP, and a page to try it on; it needs the extra `serve`."""
