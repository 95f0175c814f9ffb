import { userSchema } from '../../domain/scim.ts';

/** What this server can do, as RFC 7643 has it said: sections 5, 6 and 7. */

export const mostResults = 200;

const at = (publicUrl: string, path: string, resourceType: string) => ({
  location: `${publicUrl}/scim/v2/${path}`,
  resourceType,
});

export const serviceProviderConfig = (publicUrl: string): object => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: mostResults },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'Bearer token',
      description: 'A token that an admin makes on the page of accounts',
      primary: true,
    },
  ],
  meta: at(publicUrl, 'ServiceProviderConfig', 'ServiceProviderConfig'),
});

export const resourceType = (publicUrl: string): object => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
  id: 'User',
  name: 'User',
  endpoint: '/Users',
  description: 'A member of staff',
  schema: userSchema,
  meta: at(publicUrl, 'ResourceTypes/User', 'ResourceType'),
});

const attribute = (name: string, description: string, more: object = {}) => ({
  name,
  type: 'string',
  multiValued: false,
  description,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
  ...more,
});

export const schema = (publicUrl: string): object => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
  id: userSchema,
  name: 'User',
  description: 'A member of staff',
  attributes: [
    attribute('userName', 'The name of the account', { required: true, uniqueness: 'server' }),
    attribute('displayName', 'The name as it is shown'),
    attribute('name', 'The parts of the name', {
      type: 'complex',
      subAttributes: [attribute('formatted', 'The whole name')],
    }),
    attribute('active', 'False: this person has left', { type: 'boolean' }),
  ],
  meta: at(publicUrl, `Schemas/${userSchema}`, 'Schema'),
});
