import { allCountries } from '../../domain/country.ts';
import { type Language, languages } from '../../platform/i18n.ts';

export interface Country {
  value: string;
  label: string;
}

/** Names as a reader's language writes and sorts them, China first: most passports shown here are its own. */
const named = new Map(
  languages.map((language) => {
    const names = new Intl.DisplayNames([language], { type: 'region' });
    const order = new Intl.Collator(language === 'en' ? 'en' : 'zh-CN-u-co-pinyin');
    const countries = allCountries.map(
      ({ code, region }): Country => ({ value: code, label: names.of(region) ?? code }),
    );
    const sorted = countries.toSorted((a, b) => order.compare(a.label, b.label));
    const own = sorted.filter(({ value }) => value === 'CHN');
    return [language, [...own, ...sorted.filter(({ value }) => value !== 'CHN')]] as const;
  }),
);

/** For a select: a name stands for itself, since 249 codes beside the names are a tenth of a form's weight. */
const choices = new Map(
  [...named].map(
    ([language, list]) => [language, list.map(({ label }) => ({ value: label, label, once: true }))] as const,
  ),
);
export const countryChoices = (language: Language): readonly Country[] => choices.get(language) ?? [];

export const countryName = (language: Language, code: string): string =>
  named.get(language)?.find(({ value }) => value === code)?.label ?? code;

const codes = new Map([...named.values()].flat().map(({ value, label }) => [label, value]));

/** Alpha-3 of what a select sent, in whichever language it was drawn; anything else as it is. */
export const countryCode = (sent: string): string => codes.get(sent) ?? sent;
