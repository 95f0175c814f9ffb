import type { Staff } from '../../store/staff/staff.ts';

/** Where staff can go. The navigation and the pages of errors are drawn from it. */
export interface Section {
  /** Its words are `staff.nav.<name>`. */
  name: string;
  /** Pages below it belong to it. */
  home: string;
  may(staff: Staff): boolean;
}

const admin = ({ isAdmin }: Staff) => isAdmin;
const auditing = ({ isAdmin, roles }: Staff) => isAdmin || roles.includes('auditor');

const sections: Section[] = [
  { name: 'inbox', home: '/inbox', may: () => true },
  { name: 'security', home: '/security', may: ({ roles }) => roles.includes('security') },
  { name: 'reservations', home: '/admin/reservations', may: auditing },
  { name: 'audit', home: '/admin/audit', may: auditing },
  { name: 'recoveries', home: '/admin/recoveries', may: admin },
  { name: 'data_requests', home: '/admin/data-requests', may: admin },
  { name: 'payments', home: '/admin/payments', may: admin },
  { name: 'faults', home: '/admin/faults', may: admin },
  { name: 'staff', home: '/admin/staff', may: admin },
  { name: 'policies', home: '/admin/policies', may: admin },
  { name: 'content', home: '/admin/content', may: admin },
];

export const sectionsOf = (staff: Staff): Section[] => sections.filter(({ may }) => may(staff));
