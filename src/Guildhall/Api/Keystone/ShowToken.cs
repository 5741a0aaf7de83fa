using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Api.Keystone;

/// <summary>KeystoneValidateToken: whether a token is good, and for what. A token that is not, or is none of the caller's business, is not found.</summary>
internal static class ShowToken
{
    public static void MapShowToken(this IEndpointRouteBuilder api) =>
        api.MapMethods("auth/tokens", [HttpMethods.Get, HttpMethods.Head], HandleAsync).WithName("KeystoneValidateToken");

    /// <summary>The token in question, or a refusal that asks for it.</summary>
    public static Result<string> SubjectOf(HttpContext context) =>
        context.Request.Headers[TokenShapes.SubjectTokenHeader].ToString() is { Length: > 0 } subject
            ? subject
            : Refusal.ParameterMissing.Because($"the header {TokenShapes.SubjectTokenHeader} is required");

    private static async Task<IResult> HandleAsync(HttpContext context, Doors doors, Logins logins, CancellationToken cancellationToken)
    {
        if ((await doors.AuthenticateAsync(context)).IsRefused(out var refusal, out var principal)
            || SubjectOf(context).IsRefused(out refusal, out var subject)
            || (await logins.ShowAsync(principal, subject, cancellationToken)).IsRefused(out refusal, out var token))
        {
            return refusal.ToIamResponse();
        }

        context.Response.Headers[TokenShapes.SubjectTokenHeader] = subject;
        return IamAnswers.Ok(TokenShapes.Of(token, context), IamAnswers.Json.TokenAnswer);
    }
}
