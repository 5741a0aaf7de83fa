using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Guildhall.Memberships;
using Microsoft.AspNetCore.WebUtilities;

namespace Guildhall.Api.Keystone;

/// <summary>Answers in IAM's shape.</summary>
internal static class IamAnswers
{
    public static KeystoneJson Json { get; } = new(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static JsonResult<T> Ok<T>(T body, JsonTypeInfo<T> type) => new(body, type, StatusCodes.Status200OK);

    public static JsonResult<T> Created<T>(T body, JsonTypeInfo<T> type) => new(body, type, StatusCodes.Status201Created);

    public static IResult ToIamResponse(this Refusal refusal) => new IamRefusal(refusal);

    /// <summary>UTC with microseconds: <c>2020-01-03T09:05:22.701000Z</c>.</summary>
    public static string ToIam(this DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'");

    private sealed class IamRefusal(Refusal refusal) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var fault = new IamFault(refusal.Status, refusal.Message, ReasonPhrases.GetReasonPhrase(refusal.Status));
            return new JsonResult<IamError>(new IamError(fault), Json.IamError, refusal.Status, refusal.RetryAfter).ExecuteAsync(httpContext);
        }
    }
}
