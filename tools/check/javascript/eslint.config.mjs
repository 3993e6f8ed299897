// AppSync's rules for the code of APPSYNC_JS resolvers. An unknown call is found by its type, so TypeScript reads the files.
import appsync from '@aws-appsync/eslint-plugin';
import parser from '@typescript-eslint/parser';

export default [
  { languageOptions: { parser, parserOptions: { projectService: true } } },
  appsync.configs.recommended,
];
