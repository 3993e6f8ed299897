"""Pages in TypeScript that Vite builds: those of the console, and those of a project's service."""
