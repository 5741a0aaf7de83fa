namespace Guildhall.Hosting;

/// <summary>Where traces go, and how many of them.</summary>
/// <param name="Endpoint">A collector's base address; OTLP over HTTP appends <c>v1/traces</c>.</param>
/// <param name="Percent">Of the requests whose caller has not decided it in its <c>traceparent</c>.</param>
internal sealed record TracingSettings(Uri Endpoint, int Percent)
{
    /// <returns>Null where no traces are made.</returns>
    public static TracingSettings? Read(SettingsReader reader, List<string> complaints)
    {
        var percent = reader.Number(Setting.TracingPercent, otherwise: 10, min: 0, max: 100);
        if (reader.Text(Setting.TracingEndpoint) is not { } text)
        {
            return null;
        }

        if (Uri.TryCreate(text.TrimEnd('/') + '/', UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https")
        {
            return new TracingSettings(endpoint, percent);
        }

        complaints.Add(Setting.TracingEndpoint.Complaint($"{text} is not an address such as {Setting.TracingEndpoint.Example}"));
        return null;
    }
}
