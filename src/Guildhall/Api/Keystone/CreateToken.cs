using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Api.Keystone;

/// <summary>KeystoneCreateUserTokenByPassword: a token for name and password.</summary>
internal static class CreateToken
{
    private const int MaxPasswordLength = 1024;

    public static void MapCreateToken(this IEndpointRouteBuilder api) =>
        api.MapPost("auth/tokens", HandleAsync).WithName("KeystoneCreateUserTokenByPassword");

    private static async Task<IResult> HandleAsync(Fields body, HttpContext context, Logins logins, CancellationToken cancellationToken)
    {
        var (name, password, scope) = Read(body);
        if (body.Refusal is { } malformed)
        {
            return malformed.ToIamResponse();
        }

        var issued = await logins.LogInAsync(name, password.Reveal(), scope, Authentication.OriginOf(context), cancellationToken);
        if (issued.IsRefused(out var refusal, out var token))
        {
            return refusal.ToIamResponse();
        }

        context.Response.Headers[TokenShapes.SubjectTokenHeader] = token.Text.Reveal();
        return IamAnswers.Created(TokenShapes.Of(token.Entry, context), IamAnswers.Json.TokenAnswer);
    }

    internal static (LoginName Name, Secret Password, LoginScope Scope) Read(Fields body) => body.Object("auth", auth =>
    {
        var (user, secret) = auth.Object("identity", ReadIdentity);
        return (user, secret, auth.OptionalObject("scope", ReadScope) ?? LoginScope.None);
    });

    private static (LoginName Name, Secret Password) ReadIdentity(Fields identity)
    {
        var methods = identity.NameList("methods");
        if (methods.Length > 0 && !methods.SequenceEqual(["password"]))
        {
            identity.Refuse(Refusal.ParameterInvalid.Because($"{identity.PathOf("methods")} must be [\"password\"]; no other method is supported"));
        }

        return identity.Object("password", password => password.Object("user", ReadUser));
    }

    private static (LoginName Name, Secret Password) ReadUser(Fields user)
    {
        var password = user.OptionalText("password", MaxPasswordLength) ?? user.Id("password");
        if (user.OptionalText("id") is { } id)
        {
            return (new LoginName(id, "", "", ""), new Secret(password));
        }

        var name = user.Name("name");
        var (accountId, accountName) = user.Object("domain", domain =>
            domain.OptionalText("id") is { } account ? (account, "") : ("", domain.Name("name")));
        return (new LoginName("", name, accountId, accountName), new Secret(password));
    }

    private static LoginScope ReadScope(Fields scope)
    {
        var account = scope.OptionalObject("domain", ReadEither);
        return scope.OptionalObject("project", ReadProject) ?? (account is null ? LoginScope.None : new LoginScope("", "", account.Id, account.Name));
    }

    private static LoginScope ReadProject(Fields project)
    {
        var account = project.OptionalObject("domain", ReadEither) ?? new Named("", "");
        var wanted = ReadEither(project);
        return new LoginScope(wanted.Id, wanted.Name, account.Id, account.Name);
    }

    /// <summary>Something by its id, or else by its name; the other is empty.</summary>
    private static Named ReadEither(Fields fields) =>
        fields.OptionalText("id") is { } id ? new Named(id, "") : new Named("", fields.Name("name"));
}
