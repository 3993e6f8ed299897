/** The name of the shop, in the pages and in the titles of windows. index.html has it too. */
export const NAME = 'Hearth & Field';
