import type { Knex } from 'knex';
import { type RequestAction, requestKinds, requests } from '../../domain/request.ts';

/**
 * Who did what to what, when, from where. The application's database role may insert and read,
 * never change or delete; a row speaks in ids and never holds personal data.
 */

/** What is recorded beside what is asked of a reservation. */
const otherActions = [
  'visitor_registered',
  'visitor_signed_in',
  'visitor_signed_out',
  'visitor_superseded',
  'wechat_bound',
  'wechat_unbound',
  'phone_changed',
  'recovery_asked',
  'recovery_viewed',
  'recovery_approved',
  'recovery_refused',
  'consent_given',
  'consent_refused',
  'consent_withdrawn',
  'profile_saved',
  'photo_saved',
  'photo_removed',
  'reservation_forgotten',
  'visit_closed_without_workflow',
  'workflow_ended_after_restore',
  'visit_code_refused',
  'pass_shown',
  'pass_opened',
  'pass_printed',
  'pass_issued',
  'pass_revoked',
  'key_revoked',
  'staff_created',
  'staff_edited',
  'staff_role_given',
  'staff_role_taken',
  'staff_link_made',
  'staff_deactivated',
  'staff_reactivated',
  'approver_left',
  'staff_signed_in',
  'staff_sign_in_refused',
  'staff_signed_out',
  'staff_identity_linked',
  'staff_identity_removed',
  'staff_identity_refused',
  'api_key_made',
  'api_key_revoked',
  'api_read',
  'visit_invited',
  'visit_uninvited',
  'scim_token_made',
  'scim_token_revoked',
  'webhook_made',
  'webhook_stopped',
  'webhook_tried',
  'webhook_secret_made',
  'webhook_sent_again',
  'staff_sessions_revoked',
  'staff_password_asked',
  'staff_password_set',
  'staff_second_factor_set',
  'staff_second_factor_removed',
  'staff_gate_pin_made',
  'staff_gate_pin_removed',
  'staff_recovery_codes_made',
  'staff_contact_changed',
  'staff_wechat_bound',
  'staff_wechat_unbound',
  'staff_messenger_bound',
  'staff_messenger_unbound',
  'delegation_given',
  'delegation_ended',
  'assistant_given',
  'assistant_ended',
  'task_claimed',
  'task_released',
  'comment_written',
  'comment_answered',
  'task_viewed',
  'inbox_searched',
  'reservations_searched',
  'inside_listed',
  'evacuation_listed',
  'evacuation_begun',
  'evacuation_marked',
  'reservation_viewed',
  'document_unmasked',
  'photo_viewed',
  'faults_viewed',
  'payments_viewed',
  'cash_searched',
  'emergency_noted',
  'emergency_completed',
  'cash_noted',
  'refund_paid_out',
  'payment_fault_settled',
  'cash_taken',
  'audit_viewed',
  'evidence_viewed',
  'history_viewed',
  'payload_decoded',
  'gate_feed_refused',
  'gate_door_refused',
  'gate_enrolled',
  'gate_enrolment_refused',
  'content_changed',
  'policy_published',
  'companion_added',
  'companion_changed',
  'companion_removed',
  'companion_restored',
  'companion_invited',
  'invitation_revoked',
  'companion_joined',
  'companion_left',
  'guardian_agreed',
  'group_imported',
  'data_exported',
  'held_viewed',
  'held_deleted',
  'data_request_made',
  'data_requests_viewed',
  'data_request_answered',
  'data_request_refused',
  'account_erased',
  'data_purged',
  'purge_failed',
  'affected_listed',
  'affected_exported',
] as const;
export type AuditAction = (typeof otherActions)[number] | RequestAction;
export const auditActions: AuditAction[] = [
  ...otherActions,
  ...requestKinds.flatMap((kind): readonly AuditAction[] => requests[kind].audit),
];

export type AuditActor =
  /** A key of another system of the university. */
  { kind: 'visitor' | 'staff' | 'gate' | 'key'; id: string } | { kind: 'system' | 'anonymous'; id?: string };

export const auditSubjects = [
  'visitor',
  'person',
  'notice',
  'reservation',
  'task',
  'pass',
  'staff',
  'gate',
  'workflow',
  'content',
  'list',
  'companion',
  'key',
  'data_request',
  'payment',
  'refund',
  'invitation',
  'webhook',
] as const;
export type AuditSubject = (typeof auditSubjects)[number];

export interface AuditRecord {
  actor: AuditActor;
  action: AuditAction;
  subject: { kind: AuditSubject; id: string };
  /** Ids, counts, codes. A reason that a person typed belongs here only in encrypted form. */
  detail?: Record<string, unknown>;
  /** Keyed hash of the network address. */
  addressHash?: Buffer;
  requestId?: string;
}

/** Give the transaction of what is recorded, so that neither exists without the other. */
export async function record(db: Knex, entry: AuditRecord): Promise<void> {
  await db('audit').insert({
    actor_kind: entry.actor.kind,
    actor_id: entry.actor.id ?? null,
    action: entry.action,
    subject_kind: entry.subject.kind,
    subject_id: entry.subject.id,
    detail: JSON.stringify(entry.detail ?? {}),
    address_hash: entry.addressHash ?? null,
    request_id: entry.requestId ?? null,
  });
}
