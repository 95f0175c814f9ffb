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

export const countriesIn = (language: Language): readonly Country[] => named.get(language) ?? [];

export const countryName = (language: Language, code: string): string =>
  countriesIn(language).find(({ value }) => value === code)?.label ?? code;
