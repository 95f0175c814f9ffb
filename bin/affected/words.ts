import type { Figure } from '../../store/incidents/touched.ts';

/** What the figures of the list are called on the operator's screen. */
export const figureWords: Record<Figure, string> = {
  printed: 'passes on paper or saved as a picture, to be printed anew',
  open_visits:
    'visits under way, whose payloads in the engine are sealed with such keys: ids and times, no personal data',
  gates_in_service: 'gates in service that believe pages signed with it; no personal data is under it',
  values_under_key: 'values that are sealed under this key now',
  erased_since: 'accounts whose data was deleted since: a copy of then still has it, and nobody here knows whose it is',
  photographs: 'photographs that were there, of those that still are',
  guardians: 'guardians, who stand beside their children',
  data_requests: 'requests of people without an account about their data, with name and phone: /admin/data-requests',
  sign_ins: 'sign-ins',
  lists_and_searches: 'lists and searches, whose lines the audit does not name: names and times, no numbers',
  lines_in_lists: 'lines that those showed',
  engine_pages: 'pages of the engine: ids and times, no personal data',
  data_request_views:
    'looks at requests of people without an account about their data, all that were open then: covered names, phones and numbers, and what they wrote',
  data_requests_answered: 'such requests that it answered: the audit names each by its id',
  page_openings: 'openings of its passes with a code alone',
  staff_looks: 'looks of staff',
  entries: 'entries at gates',
  api_answers: 'answers by it that name nobody: ids, states, counts and times',
  invitations_made: 'invitations that it made since',
  invitations_good:
    'of all its invitations, used by nobody and good: their links were in its answers; its page takes them back with it',
  webhook_messages: 'messages that were signed for it since: ids, counts and times, no personal data',
};
