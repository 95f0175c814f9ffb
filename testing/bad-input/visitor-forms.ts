import { accountForms } from './account-forms.ts';
import { companionForms } from './companion-forms.ts';
import type { BadForm } from './form.ts';
import { reservationForms } from './reservation-forms.ts';

/** Every form that a visitor fills. */
export const visitorForms: BadForm[] = [...accountForms, ...reservationForms, ...companionForms];
