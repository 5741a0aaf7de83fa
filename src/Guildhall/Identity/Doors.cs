using System.Text;
using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Identity;

/// <summary>What a request carries to say who sends it.</summary>
/// <param name="RawPath">The path as it came, percent-encoding kept.</param>
/// <param name="RawQuery">The query as it came, without the question mark.</param>
/// <param name="ReadBody">Reads the raw body once; a refusal when it is too large or broken. Only a signature needs it.</param>
/// <param name="From">Where it comes from: failures are slowed per address.</param>
public sealed record Credentials(
    string Method,
    string RawPath,
    string RawQuery,
    IHeaderDictionary Headers,
    Func<Task<Result<ReadOnlyMemory<byte>>>> ReadBody,
    NetworkPrefix From);

/// <summary>A user who has proved to be one, by token or by signature.</summary>
/// <param name="Scope">The project a token is scoped to, or a signed request names in X-Project-Id; null where there is none.</param>
/// <param name="IsUnbound">True for a signature: it may act in every project of its account, unless it names one or its key is of one.</param>
public sealed record Principal(
    string AccountId, string AccountName, string UserId, string UserName, Role Role, ProjectScope? Scope, bool IsUnbound)
{
    /// <summary>What the credential reaches, and with it everything that is made with it.</summary>
    public CredentialReach Reach { get; init; } = CredentialReach.Nothing;

    /// <summary>The access key that signed; null for a token.</summary>
    public string? AccessKey { get; init; }

    /// <summary>Whether it is a session of the console, which the user began with a password and takes into any project.</summary>
    public bool IsSession { get; init; }

    /// <summary>The account's versions as they were after the request had come.</summary>
    public AccountVersions Versions { get; init; }
}

/// <summary>How far a credential reaches: everything of its account, one project, or nothing but who its user is.</summary>
/// <param name="Project">The project; null where it is not bound to one.</param>
public readonly record struct CredentialReach(bool IsWholeAccount, ProjectScope? Project)
{
    public static readonly CredentialReach Nothing;

    public static readonly CredentialReach Account = new(IsWholeAccount: true, Project: null);

    public static CredentialReach Of(ProjectScope project) => new(IsWholeAccount: false, project);
}

/// <summary>A project as a scope.</summary>
public sealed record ProjectScope(string Id, string Name);

/// <summary>Who signs with an access key, and the secret key it signs with.</summary>
/// <param name="SecretKey">As the signature is keyed with it, in UTF-8.</param>
public sealed record Signer(Principal Principal, byte[] SecretKey);

/// <summary>The time that callers sign with. It is the machine's also where Guildhall's own has been moved, as a demo's can be.</summary>
public sealed record CallersClock(TimeProvider Time);

/// <summary>The two doors: X-Auth-Token, and the SDK signature. A request with both is judged by its token.</summary>
/// <remarks>
/// Safe for concurrent use. Tokens, keys and projects that were looked up are remembered. Each request asks whether anything was taken away from the account
/// since, so that what is revoked or disabled anywhere is refused from the next request on.
/// </remarks>
/// <param name="budget">What the writes of each account may add; null where nobody bounds it.</param>
public sealed class Doors(Store store, FailureBrake brake, TimeProvider clock, CallersClock callersClock, WriteBudget? budget = null)
{
    public const string TokenHeader = "X-Auth-Token";
    public const string ProjectHeader = "X-Project-Id";

    private const int Remembered = 50_000;

    private readonly KnownProofs<string, TokenEntry> tokens = new(
        store,
        Remembered,
        (session, hash, cancellationToken) => session.FindTokenAsync(hash, clock.GetUtcNow(), cancellationToken),
        token => token.Principal);

    private readonly KnownProofs<string, Signer> signers = new(
        store,
        Remembered,
        async (session, accessKey, cancellationToken) => await session.FindSignerAsync(accessKey, cancellationToken) is { } found
            ? await found.OpenAsync(store.Keys, accessKey, cancellationToken)
            : null,
        signer => signer.Principal);

    private readonly Known<(string AccountId, string ProjectId), ProjectEntry> projects = new(
        store,
        Remembered,
        (session, key, cancellationToken) => session.FindProjectAsync(key.AccountId, key.ProjectId, cancellationToken));

    /// <summary>What a signature by an unknown key is held against, so that it is refused as a wrong one by a known key is.</summary>
    private readonly byte[] nobodys = Encoding.ASCII.GetBytes(Secrets.NewSecretKey());

    /// <summary>Who sends the request, or why that is not believed.</summary>
    public ValueTask<Result<Principal>> AuthenticateAsync(Credentials credentials, CancellationToken cancellationToken)
    {
        if (credentials.Headers.TryGetValue(TokenHeader, out var token))
        {
            return ByTokenAsync(token.ToString(), credentials.From, cancellationToken);
        }

        return credentials.Headers.TryGetValue("Authorization", out var authorization)
            ? BySignatureAsync(credentials, authorization.ToString(), cancellationToken)
            : new(Refusal.TokenInvalid.Because(
                $"the request carries neither; send {TokenHeader} with a token from POST /v3/auth/tokens, or an Authorization header signed with an access key"));
    }

    /// <summary>The caller in the project of the path, or <see cref="Refusal.ProjectForbidden"/>.</summary>
    public async ValueTask<Result<Caller>> EnterAsync(Principal principal, string projectId, CancellationToken cancellationToken)
    {
        if (principal.Scope is { } scope)
        {
            return scope.Id == projectId
                ? CallerIn(principal, scope)
                : Refusal.ProjectForbidden.Because(
                    !principal.IsUnbound ? "the token is scoped to another project than the path's"
                    : principal.Reach.Project is not null ? "the access key is of another project than the path's"
                    : $"{ProjectHeader} names another project than the path");
        }

        if (!principal.IsUnbound)
        {
            return Refusal.ProjectForbidden.Because("the token has no project scope; ask for one in auth.scope.project");
        }

        return await FindProjectAsync(principal, projectId, cancellationToken) is { } project ? CallerIn(principal, project) : NotAProject(principal);
    }

    private async ValueTask<Result<Principal>> ByTokenAsync(string token, NetworkPrefix from, CancellationToken cancellationToken)
    {
        var hash = Secrets.HashOfToken(token);
        var now = clock.GetUtcNow();
        var (found, versions, isNew) = await tokens.FindAsync(hash, cancellationToken);
        if (found is null || found.ExpiresAt <= now)
        {
            return Refusal.TokenInvalid.Because("the token is unknown, expired or revoked; the token must be updated");
        }

        if (isNew)
        {
            brake.Proved(found.Principal.UserId, from); // where users have signed in is known again after a restart
        }

        return found.Principal with { Versions = versions };
    }

    private async ValueTask<Result<Principal>> BySignatureAsync(Credentials request, string authorization, CancellationToken cancellationToken)
    {
        if (SdkSignature.Parse(authorization).IsRefused(out var refusal, out var signature))
        {
            return refusal;
        }

        // Before the body is read: an old signature does not make the server take one in.
        if (signature.WhyNotNow(request, callersClock.Time.GetUtcNow()) is { } untimely)
        {
            return untimely;
        }

        var (signer, versions, _) = await signers.FindAsync(signature.AccessKey, cancellationToken);
        if ((await request.ReadBody()).IsRefused(out refusal, out var body))
        {
            return refusal;
        }

        // A right signature is never held up: nobody finds a secret key of 40 random characters by trying.
        var forged = signature.WhyNotFrom(request, body.Span, signer?.SecretKey ?? nobodys);
        if (signer is null || forged is not null)
        {
            var attempt = new LoginAttempt(AttemptedName.OfAccessKey(signature.AccessKey), request.From, UserId: null);
            return brake.Failed(attempt) ?? forged ?? Refusal.SignatureInvalid;
        }

        var principal = signer.Principal with { Versions = versions };
        var projectId = request.Headers[ProjectHeader].ToString().Trim();
        if (projectId.Length == 0 || projectId == principal.Scope?.Id)
        {
            return principal;
        }

        if (principal.Reach.Project is not null)
        {
            return Refusal.ProjectForbidden.Because($"{ProjectHeader} names another project than that of the access key");
        }

        return await FindProjectAsync(principal, projectId, cancellationToken) is { } project ? principal with { Scope = project } : NotAProject(principal);
    }

    private async ValueTask<ProjectScope?> FindProjectAsync(Principal principal, string projectId, CancellationToken cancellationToken)
    {
        if (!IdentityNames.IsPlausible(projectId))
        {
            return null;
        }

        var project = await projects.FindAsync((principal.AccountId, projectId), principal.Versions, cancellationToken);
        return project is { IsEnabled: true } ? new ProjectScope(project.Id, project.Name) : null;
    }

    private static Refusal NotAProject(Principal principal) =>
        Refusal.ProjectForbidden.Because($"the project is not an enabled project of account {principal.AccountName}");

    private Caller CallerIn(Principal principal, ProjectScope project) => new(
        principal.AccountId, principal.AccountName, project.Id, project.Name, principal.UserId, principal.UserName, principal.Role)
    {
        Versions = principal.Versions,
        Budget = budget,
    };
}
