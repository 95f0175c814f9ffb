import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { wechatSchema } from '../platform/config.ts';
import { createWechat, type TokenStore, type Wechat } from '../platform/wechat.ts';
import { type TestPartners, testPartners } from '../testing/partners.ts';
