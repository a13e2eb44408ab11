import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['node_modules/', '.wrangler/', 'coverage/', 'dist/'] },
  {
    files: ['**/*.ts', 'src/console/page/**/*.js'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: [
          './tsconfig.json',
          './test/tsconfig.json',
          './test/process/tsconfig.json',
          './test/siege/tsconfig.json',
          './test/bench/tsconfig.json',
          './test/fuzz/wire/tsconfig.json',
          './src/local/tsconfig.json',
          './src/cli/tsconfig.json',
          './src/console/page/tsconfig.json',
        ],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Rows of SQL must be type aliases: an interface has no index signature.
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/no-unsafe-type-assertion': 'off',
    },
  },
);
