using System.Text.Json;
using Guildhall.Identity;
using Guildhall.Services;

namespace Guildhall.Api;

/// <summary>A body that shows everyone in the channels of a service, sent as it is made.</summary>
/// <param name="frame">The body as it is where nobody is in the channels.</param>
internal sealed class ChannelsAnswer(Caller caller, ServiceView view, JsonElement frame) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var parts = httpContext.RequestServices;
        await using var channels = new ChannelsBody(parts.GetRequiredService<ServiceManagement>(), view, frame);
        await parts.GetRequiredService<LongAnswers>().SendAsync(httpContext, caller, channels.Body, channels.WriteNextAsync, channels.Held);
    }
}
