import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  ClientAttributes,
  FeaturePlan,
  Mfa,
  OAuthScope,
  StringAttribute,
  UserPool,
  type UserPoolClient,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

/** Whose tokens are taken, and how their claims are named. */
export interface Tokens {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  /** `plain` names as in the docs, or Cognito's groups and custom attributes. */
  readonly claims: 'plain' | 'cognito';
}

/** Who a person is for the law (rules E1, E2); written by whoever runs the pool, never by the person. */
const FACTS = ['person', 'org', 'participant_id', 'control_group'] as const;

/** Roles of the API are groups of the pool. */
export const ROLE_GROUPS = [
  'viewer',
  'operator',
  'auditor',
  'reviewer',
  'governor',
  'admin',
  'treasurer',
  'scheduler',
  'participant',
] as const;

/** Where people sign in, and where the page may lead them back to. */
interface SignIn {
  /** Begin of the page's address; the account's number follows. */
  readonly prefix: string;
  readonly returnUrls: readonly string[];
}

/** The people of a network that has no issuer of its own. ID tokens carry groups and facts. */
export class PeoplePool extends Construct {
  readonly tokens: Tokens;
  readonly pool: UserPool;
  readonly client: UserPoolClient;
  /** Begin of the sign-in page's address. */
  readonly signInUrl: string;

  constructor(scope: Construct, id: string, signIn: SignIn) {
    super(scope, id);
    this.pool = new UserPool(this, 'Pool', {
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      featurePlan: FeaturePlan.ESSENTIALS,
      passwordPolicy: {
        minLength: 14,
        requireDigits: true,
        requireLowercase: true,
        requireUppercase: true,
        requireSymbols: true,
      },
      customAttributes: Object.fromEntries(
        FACTS.map((name) => [name, new StringAttribute({ mutable: true, maxLen: 255 })]),
      ),
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(this.pool, {
      'AwsSolutions::AwsSolutions-COG8':
        'Nobody signs up by themselves and a second factor is always asked for; the paid detection of stolen passwords is for the owner to switch on.',
    });
    this.client = this.pool.addClient('People', {
      authFlows: { userSrp: true },
      // A code that only who asked for it can exchange (PKCE): a program on a person's machine keeps no secret.
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.EMAIL],
        callbackUrls: [...signIn.returnUrls],
        logoutUrls: [...signIn.returnUrls],
      },
      idTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.days(7),
      enableTokenRevocation: true,
      preventUserExistenceErrors: true,
      // No custom attribute may be written by its person: they decide who may judge whom.
      writeAttributes: new ClientAttributes().withStandardAttributes({ email: true }),
      readAttributes: new ClientAttributes()
        .withStandardAttributes({ email: true })
        .withCustomAttributes(...FACTS),
    });
    // Unique in its region among all accounts of the world: with its number, ours is.
    const domainPrefix = `${signIn.prefix}-${Stack.of(this).account}`;
    this.signInUrl = this.pool.addDomain('SignIn', { cognitoDomain: { domainPrefix } }).baseUrl();
    for (const groupName of ROLE_GROUPS) this.pool.addGroup(groupName, { groupName });
    const issuer = `https://cognito-idp.${Stack.of(this).region}.amazonaws.com/${this.pool.userPoolId}`;
    this.tokens = {
      issuer,
      audience: this.client.userPoolClientId,
      jwksUrl: `${issuer}/.well-known/jwks.json`,
      claims: 'cognito',
    };
  }
}
